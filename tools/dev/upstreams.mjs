import { originAt } from './ports.mjs';

/** @typedef {import('./ports.mjs').Ports} Ports */
/** @typedef {import('./managed-process.mjs').ManagedProcess} ManagedProcess */

/** Who gets the gateway's requests: of several processes of a service each in turn, as those of a Kubernetes Service do. */
export class Upstreams {
  /** @type {{ readonly part: ManagedProcess, readonly ports: Ports }[]} who had no request for longest goes first */
  #ready = [];

  /** @param {ManagedProcess} part @param {Ports} ports */
  add(part, ports) {
    this.#ready.push({ part, ports });
  }

  /** @param {ManagedProcess} part */
  remove(part) {
    this.#ready = this.#ready.filter((each) => each.part !== part);
  }

  /**
   * @param {import('./gateway.mjs').Upstream} upstream
   * @param {Ports} otherwise where no process is ready
   * @returns {string}
   */
  originOf(upstream, otherwise) {
    // Others listen beside, in the same process.
    const service = upstream === 'management' ? 'status-api' : upstream.replace('/metrics', '');
    const next = this.#ready.find(({ part }) => part.name === service);
    if (!next) return originAt(otherwise[upstream]);
    this.#ready = [...this.#ready.filter((each) => each !== next), next];
    return originAt(next.ports[upstream]);
  }
}
