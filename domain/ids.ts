/** Branded identifiers: strings that the compiler does not mix up. */
declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

export type EventId = Branded<string, 'EventId'>;
export type ProfileId = Branded<string, 'ProfileId'>;
export type TitleId = Branded<string, 'TitleId'>;
/** ISO 3166-1 alpha-2, upper case. */
export type Country = Branded<string, 'Country'>;
/** A Marquee region: an island with its own topics, lake prefix, views and serving. */
export type Region = Branded<string, 'Region'>;
/** A topic generation, `g1`, `g2`, …: partition count and block size are fixed for its life. */
export type Generation = Branded<string, 'Generation'>;

export const titleId = (value: string): TitleId => value as TitleId;
export const profileId = (value: string): ProfileId => value as ProfileId;
export const eventId = (value: string): EventId => value as EventId;
export const country = (value: string): Country => value as Country;
export const region = (value: string): Region => value as Region;
export const generation = (value: string): Generation => value as Generation;
