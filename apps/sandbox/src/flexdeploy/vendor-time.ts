/** How many minutes the vendor's server is west of Greenwich. */
const WEST = 300;

/** A time as FlexDeploy writes it into its webhook: `2023-10-18 05:45:44 -0500`. */
export function vendorTime(date: Date): string {
  const local = new Date(date.getTime() - WEST * 60_000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 19)} -0500`;
}
