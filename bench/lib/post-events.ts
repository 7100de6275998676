/** Sends events over HTTP, as an app does, and throws unless all of them were taken. */
export async function postEvents(ingest: string, events: readonly object[]): Promise<void> {
  const response = await fetch(`${ingest}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  await response.arrayBuffer();
  if (response.status !== 202) throw new Error(`a batch was answered with ${response.status}`);
}
