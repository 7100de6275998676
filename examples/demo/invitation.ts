/** What to look at while the demo still runs. */
export interface Invitation {
  readonly serving: string;
  readonly ingest: string;
  readonly temporalUi?: string;
  /** A title worth asking for. */
  readonly titleId: string;
}

export function invitationLines({ serving, ingest, temporalUi, titleId }: Invitation): readonly string[] {
  return [
    `API          ${serving}`,
    `Ingest       ${ingest}`,
    ...(temporalUi === undefined ? [] : [`Temporal UI  ${temporalUi}`]),
    '',
    'Try:',
    `  curl '${serving}/v1/rows/trending?window=24h&country=US&limit=5'`,
    `  curl '${serving}/v1/rows/popular?limit=5'`,
    `  curl '${serving}/v1/titles/${titleId}/counts'`,
    '  npm run marquee -- status',
  ];
}
