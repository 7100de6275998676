/** The header that credentials are sent in; none where there are none. */
export const bearing = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };
