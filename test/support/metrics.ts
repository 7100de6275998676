/** What a process says of itself at `/metrics`. */

/** A figure, added up over its labels; 0 where it is not there, or nobody answers. */
export async function metricAt(port: number, name: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
  const lines = ((await response?.text()) ?? '').split('\n');
  const ofName = lines.filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return ofName.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
