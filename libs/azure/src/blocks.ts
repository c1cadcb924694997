/** Puts chunks of any size together to blocks of one size; the last one has what is left. Nothing empty comes out. */
export async function* blocksOf(
  chunks: AsyncIterable<Uint8Array>,
  blockBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for await (let chunk of chunks) {
    while (bytes + chunk.length >= blockBytes) {
      const rest = blockBytes - bytes;
      yield Buffer.concat([...waiting, chunk.subarray(0, rest)], blockBytes);
      [waiting, bytes, chunk] = [[], 0, chunk.subarray(rest)];
    }
    if (chunk.length === 0) continue;
    waiting.push(chunk);
    bytes += chunk.length;
  }
  if (bytes > 0) yield Buffer.concat(waiting, bytes);
}
