/**
 * The API's types. Written by `npm run client:generate` from the OpenAPI document: change the document, not this file.
 * Longer than 300 lines because it is generated.
 */
export interface paths {
  '/livez': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether the process lives */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': {
              /** @constant */
              live: true;
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/metrics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Metrics in the text format of Prometheus */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description All series. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'text/plain': string;
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is more to do than can be done: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/openapi.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** This document */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': {
              openapi: string;
            } & {
              [key: string]: unknown;
            };
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is more to do than can be done: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/readyz': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether it can answer */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description It can. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': {
              checks: {
                [key: string]: string;
              };
              ready: boolean;
            };
          };
        };
        /** @description Not yet. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': {
              checks: {
                [key: string]: string;
              };
              ready: boolean;
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/analytics/launches': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How new launches perform */
    get: {
      parameters: {
        query?: {
          /** @description ISO 3166-1 alpha-2, upper case. Without it: all countries together. */
          country?: string;
          /** @description Titles launched in so many days before now. */
          days?: string;
          /** @description How many, from 1 to 1000. */
          limit?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['LaunchPerformance'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is more to do than can be done: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/analytics/positions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How places in rows perform, all together or in one row */
    get: {
      parameters: {
        query?: {
          /** @description One row by name; all rows together without it. */
          row?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['PositionPerformance'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is more to do than can be done: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/analytics/promotions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How promotions perform */
    get: {
      parameters: {
        query?: {
          /** @description How many, from 1 to 1000. */
          limit?: string;
          /** @description One promotion by its id. */
          promotion?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['PromotionPerformance'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is more to do than can be done: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/analytics/rows': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How rows perform */
    get: {
      parameters: {
        query?: {
          /** @description How many, from 1 to 1000. */
          limit?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['RowPerformance'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is more to do than can be done: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/analytics/unengaged': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Titles shown and not engaged with */
    get: {
      parameters: {
        query?: {
          /** @description ISO 3166-1 alpha-2, upper case. Without it: all countries together. */
          country?: string;
          /** @description How many, from 1 to 1000. */
          limit?: string;
          /** @description Impressions that a title needs at least. */
          minimum?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['UnengagedTitles'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is more to do than can be done: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/home': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The home page of nobody in particular */
    get: {
      parameters: {
        query?: {
          country?: string;
          cursor?: string;
          device?: string;
          /** @description Whether each title says why it is there. */
          explain?: 'true' | 'false';
          hour?: string;
          limit?: string;
          purpose?: 'prefetch';
          rows?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer; it is never empty while a title may be shown. */
        200: {
          headers: {
            /** @description What the answer was made of, in short: its source, then names and values, as `complete=1`. */
            'Marquee-Source': string;
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['HomePage'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The cursor is too old, or the catalogue is another by now: ask anew. */
        410: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description No title was read yet: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/backfills': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Backfills, newest first */
    get: {
      parameters: {
        query?: {
          limit?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Backfills'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Temporal does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    /** Starts a backfill: a range of hours is recounted from the lake */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['BackfillOrder'];
        };
      };
      responses: {
        /** @description It was started. */
        202: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['BackfillStarted'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Not in this state. */
        409: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The body is too large. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Temporal does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/backfills/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** State, progress and difference */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The id that starting it answered. */
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['BackfillReport'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such thing. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Temporal does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/backfills/{id}/approve': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Lets a backfill that waits for approval publish */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The id that starting it answered. */
          id: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['Approval'];
        };
      };
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['BackfillReport'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such thing. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Not in this state. */
        409: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The body is too large. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Temporal does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/backfills/{id}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Stops a backfill; nothing of it is published */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The id that starting it answered. */
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['BackfillReport'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such thing. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The body is too large. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Temporal does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/erasures': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Erasures, newest first */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Erasures'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Temporal does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    /** Erases a profile; asked for again while it runs, it is the same erasure */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['ErasureOrder'];
        };
      };
      responses: {
        /** @description It was started. */
        202: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['ErasureStarted'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The body is too large. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Temporal does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/erasures/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** How far an erasure has come, or what it came to */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The id that starting it answered. */
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['ErasureStanding'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such thing. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Temporal does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/event-backfills': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Backfills of events, newest first */
    get: {
      parameters: {
        query?: {
          limit?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['EventsBackfills'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Temporal does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    /** Starts a backfill of events: a part of the raw log is folded anew, and laid over the lake once approved */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['EventsBackfillOrder'];
        };
      };
      responses: {
        /** @description It was started. */
        202: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['BackfillStarted'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Not in this state. */
        409: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The body is too large. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Temporal does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/event-backfills/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** State, plan, audit and difference */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The id that starting it answered, or its name. */
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['EventsBackfillReport'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such thing. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Temporal does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/event-backfills/{id}/approve': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Lets a backfill that waits for approval change the lake and publish */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The id that starting it answered, or its name. */
          id: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['Approval'];
        };
      };
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['EventsBackfillReport'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such thing. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Not in this state. */
        409: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The body is too large. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Temporal does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/event-backfills/{id}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Ends it before anything is changed */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The id that starting it answered, or its name. */
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['EventsBackfillReport'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such thing. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Not in this state. */
        409: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The body is too large. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Temporal does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/event-backfills/{id}/derive': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Has what follows from the events of a run worked out anew, and said anew once approved */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The id that starting it answered, or its name. */
          id: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['DeriveOrder'];
        };
      };
      responses: {
        /** @description It was started. */
        202: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['BackfillStarted'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such thing. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Not in this state. */
        409: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The body is too large. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Temporal does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/event-backfills/{id}/pause': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Lets no further shard or step begin */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The id that starting it answered, or its name. */
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['EventsBackfillReport'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such thing. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Not in this state. */
        409: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The body is too large. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Temporal does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/event-backfills/{id}/resume': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Lets a paused backfill go on */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The id that starting it answered, or its name. */
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['EventsBackfillReport'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such thing. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Not in this state. */
        409: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The body is too large. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Temporal does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/event-backfills/{id}/shards/{shard}/retry': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Folds a shard again: a failed one, or any while approval is waited for */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The id that starting it answered, or its name. */
          id: string;
          /** @description Its number in the plan, from 0. */
          shard: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['EventsBackfillReport'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such thing. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Not in this state. */
        409: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The body is too large. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Temporal does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/lake': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Files, rows, snapshots and tags of the tables of the lake */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['LakeStatistics'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The object store does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/lake/care': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Sees to the tables of the lake now: tags, compaction, expiry, orphans */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['LakeCareRequest'];
        };
      };
      responses: {
        /** @description It was started. */
        202: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['LakeCareStarted'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The body is too large. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Temporal does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/lake/care/{id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether it is done, and what came of it */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description The id that starting it answered. */
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['LakeCareRun'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such thing. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Temporal does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/parity': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Whether both lanes count the same in every finished block */
    get: {
      parameters: {
        query?: {
          /** @description How many of the newest reports. */
          limit?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Parity'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The object store does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/views/{view}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What is served of a view, its newest versions, and who serves which */
    get: {
      parameters: {
        query?: {
          /** @description How many of the newest versions. */
          limit?: string;
        };
        header?: never;
        path: {
          view: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['View'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such thing. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The object store does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/views/{view}/pin': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Serves one version until it is let go, whatever is announced */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          view: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['PinOrder'];
        };
      };
      responses: {
        /** @description What subscribers are to serve now. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Steered'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such thing. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Not in this state. */
        409: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The body is too large. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The object store does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/views/{view}/rollback': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Refuses the announced version for good, and serves the newest good one before it */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          view: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['RollBackOrder'];
        };
      };
      responses: {
        /** @description What subscribers are to serve now. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Steered'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such thing. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Not in this state. */
        409: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The body is too large. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The object store does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/ops/views/{view}/unpin': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** Serves what is announced again */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          view: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['UnpinOrder'];
        };
      };
      responses: {
        /** @description What subscribers are to serve now. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Steered'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such thing. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Not in this state. */
        409: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The body is too large. */
        413: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The object store does not answer: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/profiles/{id}/home': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** The home page of a profile: rows in order, no title twice */
    get: {
      parameters: {
        query?: {
          country?: string;
          cursor?: string;
          device?: string;
          /** @description Whether each title says why it is there. */
          explain?: 'true' | 'false';
          hour?: string;
          limit?: string;
          purpose?: 'prefetch';
          rows?: string;
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer; it is never empty while a title may be shown. */
        200: {
          headers: {
            /** @description What the answer was made of, in short: its source, then names and values, as `complete=1`. */
            'Marquee-Source': string;
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['HomePage'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The cursor is too old, or the catalogue is another by now: ask anew. */
        410: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description No title was read yet: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/profiles/{id}/impressions': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What a profile was shown: decayed counts, last seen, capped or not, per title and row
     * @description Explicit impressions, as the behaviour process has folded them.
     */
    get: {
      parameters: {
        query?: {
          limit?: string;
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The strongest titles. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['ProfileImpressions'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Nothing is stored of the profile. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The profile store does not answer in time, or has nothing of the partition yet: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/profiles/{id}/nearline': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Rows that were ranked for a profile when it had watched something
     * @description As ranked: availability, caps and what the page shows already are seen to when it is made.
     */
    get: {
      parameters: {
        query?: {
          limit?: string;
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The rows, what they were ranked for, and the models they are of. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['ProfileNearline'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Nothing is stored of the profile. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The profile store does not answer in time, or has nothing of the partition yet: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/profiles/{id}/rows/{row}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One row for a profile */
    get: {
      parameters: {
        query?: {
          country?: string;
          cursor?: string;
          device?: string;
          /** @description Whether each title says why it is there. */
          explain?: 'true' | 'false';
          hour?: string;
          limit?: string;
          purpose?: 'prefetch';
        };
        header?: never;
        path: {
          id: string;
          /** @description The name of a row: a kind, or for rows about something `genre:Horror`, `because-you-watched:50`. Kinds: billboard, trending, top-picks, my-list, genre, because-you-watched, continue-watching, new-releases, recently-added, popular. */
          row: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer; it is never empty while a title may be shown. */
        200: {
          headers: {
            /** @description What the answer was made of, in short: its source, then names and values, as `complete=1`. */
            'Marquee-Source': string;
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['HomeRow'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such row. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The cursor is too old, or the catalogue is another by now: ask anew. */
        410: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description No title was read yet: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/profiles/{id}/signals': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Signals of a profile that hold: binge, abandonment, repeated search, completion, rewatch, genre shift */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The newest first. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['ProfileSignals'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Nothing is stored of the profile. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The profile store does not answer in time, or has nothing of the partition yet: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/profiles/{id}/title-pairs': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Titles that a profile watches together */
    get: {
      parameters: {
        query?: {
          limit?: string;
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The strongest pairs. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['ProfileTitlePairs'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Nothing is stored of the profile. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The profile store does not answer in time, or has nothing of the partition yet: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/profiles/{id}/watching': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * What a profile watched and how far, its list and its ratings
     * @description As the behaviour process has folded plays and interactions; `limit` holds for each list.
     */
    get: {
      parameters: {
        query?: {
          limit?: string;
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Each newest first. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['ProfileWatching'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Nothing is stored of the profile. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The profile store does not answer in time, or has nothing of the partition yet: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/profiles/{id}/why-not/{title}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What keeps a title off the page of a profile */
    get: {
      parameters: {
        query?: {
          country?: string;
          device?: string;
          hour?: string;
          limit?: string;
          rows?: string;
        };
        header?: never;
        path: {
          id: string;
          title: components['schemas']['WhyNotTitle'];
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer; it is never empty while a title may be shown. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['WhyNot'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The cursor is too old, or the catalogue is another by now: ask anew. */
        410: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description No title was read yet: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/rows/{row}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** One row for nobody in particular; `trending` and `popular` are described for themselves */
    get: {
      parameters: {
        query?: {
          country?: string;
          cursor?: string;
          device?: string;
          /** @description Whether each title says why it is there. */
          explain?: 'true' | 'false';
          hour?: string;
          limit?: string;
          purpose?: 'prefetch';
        };
        header?: never;
        path: {
          /** @description The name of a row: a kind, or for rows about something `genre:Horror`, `because-you-watched:50`. Kinds: billboard, trending, top-picks, my-list, genre, because-you-watched, continue-watching, new-releases, recently-added, popular. */
          row: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer; it is never empty while a title may be shown. */
        200: {
          headers: {
            /** @description What the answer was made of, in short: its source, then names and values, as `complete=1`. */
            'Marquee-Source': string;
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['HomeRow'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such row. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The cursor is too old, or the catalogue is another by now: ask anew. */
        410: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description No title was read yet: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/rows/popular': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Titles with most plays
     * @description Only titles of the catalogue that may be shown now, in the country asked for. `device` and `hour` are checked as for other rows, and nothing here is ranked by them. Other parameters are refused.
     */
    get: {
      parameters: {
        query?: {
          country?: string;
          device?: string;
          hour?: string;
          limit?: string;
          purpose?: 'prefetch';
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The row; `source` and `fallbackReason` say where from. */
        200: {
          headers: {
            /** @description What the answer was made of, in short: its source, then names and values, as `complete=1`. */
            'Marquee-Source': string;
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Row'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is more to do than can be done: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/rows/trending': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Titles whose plays rise most against the window before
     * @description Only titles of the catalogue that may be shown now, in the country asked for. `device` and `hour` are checked as for other rows, and nothing here is ranked by them. Other parameters are refused.
     */
    get: {
      parameters: {
        query?: {
          country?: string;
          device?: string;
          hour?: string;
          limit?: string;
          purpose?: 'prefetch';
          /** @description Plays of this window are held against the window before. */
          window?: '5m' | '1h' | '24h';
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The row; `source` and `fallbackReason` say where from. */
        200: {
          headers: {
            /** @description What the answer was made of, in short: its source, then names and values, as `complete=1`. */
            'Marquee-Source': string;
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Row'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is more to do than can be done: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/titles/{id}/counts': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** What was counted of a title: batch part, speed part, total */
    get: {
      parameters: {
        query?: {
          country?: string;
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description The answer. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['TitleCounts'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such thing. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is more to do than can be done: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/titles/{id}/similar': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** Titles like one */
    get: {
      parameters: {
        query?: {
          country?: string;
          limit?: string;
          purpose?: 'prefetch';
        };
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Titles like it, or popular ones in their place; never empty while another may be shown. */
        200: {
          headers: {
            /** @description What the answer was made of, in short: its source, then names and values, as `complete=1`. */
            'Marquee-Source': string;
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['SimilarTitles'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description There is no such title. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The cursor is too old, or the catalogue is another by now: ask anew. */
        410: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description No title was read yet: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/v1/views/{view}/{key}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * One entry of a view that is read by key, as the served version has it
     * @description Of views that `SERVING_ENTRY_VIEWS` names: those that files of SQL declare above all. A part of the key finds all rows that begin with it.
     */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          /** @description Values of the key’s columns in their order with commas between, all or only the first; each percent-encoded by itself where it has a comma or a percent sign. */
          key: string;
          /** @description The view. */
          view: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Its rows. */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/json': components['schemas']['Entry'];
          };
        };
        /** @description A parameter is wrong. */
        400: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Credentials are missing or not accepted. */
        401: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The credentials are not for this. */
        403: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The view has no such entry, or is not read by key. */
        404: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description Too many requests of one caller: try again. */
        429: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
        /** @description The view has no version yet, or is too slow: try again. */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            'application/problem+json': components['schemas']['Error'];
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    Approval: {
      /** @description Who approves, for the record. */
      approver: string;
    };
    /** @description What the published version would say otherwise, over the range. */
    BackfillDiff: {
      added: number;
      after: components['schemas']['MeasureSums'];
      before: components['schemas']['MeasureSums'];
      changed: number;
      removed: number;
      top: {
        after: components['schemas']['MeasureSums'];
        before: components['schemas']['MeasureSums'];
        country: string;
        hour: string;
        titleId: string;
      }[];
      unchanged: number;
    };
    BackfillOrder: {
      /**
       * @description Ends with the difference; nothing is published.
       * @default false
       */
      dryRun: boolean;
      /**
       * @description Start of the range, an instant at a whole hour.
       * @example 2026-01-31T13:00:00Z
       */
      from: string;
      /**
       * @description End of the range, excluded, an instant at a whole hour.
       * @example 2026-01-31T13:00:00Z
       */
      to: string;
      /** @default popularity */
      view: string;
    };
    BackfillReport: {
      closedAt: string | null;
      dryRun: boolean;
      error: {
        code: string;
        message: string;
      } | null;
      from: string;
      id: string;
      progress:
        | ({
            base: number | null;
            diff: components['schemas']['BackfillDiff'] | null;
            hoursDone: number;
            hoursTotal: number;
            /** @enum {string} */
            phase: 'planning' | 'recomputing' | 'waiting' | 'publishing' | 'done';
          } & {
            [key: string]: unknown;
          })
        | null;
      result:
        | ({
            approver: string | null;
            base: number;
            diff: components['schemas']['BackfillDiff'];
            /** @enum {string} */
            outcome: 'dry-run' | 'announced' | 'rejected' | 'unchanged' | 'expired';
            version: number | null;
          } & {
            [key: string]: unknown;
          })
        | null;
      startedAt: string;
      /** @enum {string} */
      state: 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed-out';
      to: string;
      view: string;
    } & {
      [key: string]: unknown;
    };
    Backfills: {
      backfills: components['schemas']['BackfillSummary'][];
    };
    BackfillStarted: {
      id: string;
    };
    BackfillSummary: {
      closedAt: string | null;
      dryRun: boolean;
      from: string;
      id: string;
      startedAt: string;
      /** @enum {string} */
      state: 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed-out';
      to: string;
      view: string;
    } & {
      [key: string]: unknown;
    };
    /** @description How far the watermark is behind the end of a clean topic. */
    Behind: {
      /** @description How long ago the end of the log was asked for. */
      ageMs: number;
      /** @description Records from the watermark to the end of the log, all partitions. */
      records: number;
    };
    /** @description What the profile was shown of it; null where that is not known. */
    Caps: {
      /** @description Whether it was shown too often of late. */
      capped: boolean | null;
      /** @description Impressions in this hour and the 23 before it. */
      lastDay: number | null;
      /** @description Whether the row leaves out what was. */
      obeyed: boolean;
      /** @description Impressions, decayed over a week. */
      week: number | null;
    };
    /** @description Explicit impressions, the older the lighter, by time constant. */
    DecayedCounts: {
      /** @description Each impression weighs e^(−age / 86400000 ms). */
      day: number;
      /** @description Each impression weighs e^(−age / 15724800000 ms). */
      halfYear: number;
      /** @description Each impression weighs e^(−age / 2592000000 ms). */
      month: number;
      /** @description Each impression weighs e^(−age / 604800000 ms). */
      week: number;
      /** @description Each impression weighs e^(−age / 31536000000 ms). */
      year: number;
    };
    DeriveOrder: {
      /**
       * @description Ends with the differences; nothing is said anew.
       * @default false
       */
      dryRun: boolean;
    };
    /** @description HyperLogLog estimates. A profile may be in both parts: they do not add up to the total. */
    DistinctProfiles: {
      batch: number;
      /** @description Standard error of the estimate, as a share of it. */
      relativeError: number;
      speed: number;
      total: number;
    };
    /** @description What the served version of a view has of a key. */
    Entry: {
      /** @description ISO instant of which the version is. */
      asOf: string;
      /** @description What was asked for, by column. */
      key: {
        [key: string]: string;
      };
      /** @description Rows by part, in the order of the part; a declared view has the one part `rows`. */
      parts: {
        [key: string]: {
          [key: string]: unknown;
        }[];
      };
      /** @description There are more rows than an answer holds: ask for more of the key. */
      truncated: boolean;
      version: number;
      view: string;
    };
    ErasureOrder: {
      /**
       * @description Counts what there is of the profile, and changes nothing.
       * @default false
       */
      dryRun: boolean;
      /**
       * @description Who is erased.
       * @example profile-1
       */
      profileId: string;
    };
    ErasureProgress: {
      deadline: string;
      id: string;
      /** @enum {string} */
      phase:
        | 'marking'
        | 'draining'
        | 'lake'
        | 'views'
        | 'letters'
        | 'grace'
        | 'snapshots'
        | 'topics'
        | 'auditing'
        | 'done';
      requestedAt: string;
      rows: {
        [key: string]: number;
      };
      waitsFor: string[];
    };
    ErasureReport: {
      audit: {
        findings: {
          as: string;
          found: number;
          place: string;
        }[];
        read: {
          [key: string]: number;
        };
      };
      deadline: string;
      endedAt: string;
      id: string;
      /** @enum {string} */
      outcome: 'done' | 'overdue' | 'dry-run';
      requestedAt: string;
      tables: {
        files: number;
        rows: number;
        table: string;
      }[];
    } & {
      [key: string]: unknown;
    };
    Erasures: {
      erasures: {
        id: string;
        isDone: boolean;
        requestedAt: string;
      }[];
    };
    ErasureStanding: {
      id: string;
      progress: components['schemas']['ErasureProgress'] | null;
      report: components['schemas']['ErasureReport'] | null;
      /** @enum {string} */
      state: 'running' | 'done' | 'overdue' | 'failed';
    };
    ErasureStarted: {
      id: string;
    };
    /** @description Problem details (RFC 9457). */
    Error: {
      /**
       * @description What went wrong; decide by this.
       * @example REQUEST_INVALID
       */
      code: string;
      /** @description The same as `message`. */
      detail: string;
      /** @description The parameter or field that is wrong. */
      field?: string;
      message: string;
      /** @description What it was. */
      shape?: string;
      status: number;
      /** @description The status in words. */
      title: string;
      /**
       * @description `code` as a URI.
       * @example urn:marquee:error:REQUEST_INVALID
       */
      type: string;
    } & {
      [key: string]: unknown;
    };
    EventsBackfillOrder: {
      /**
       * @description What enrichment goes by: what was recorded, or the views of now.
       * @default recorded
       * @enum {string}
       */
      answers: 'recorded' | 'current';
      /**
       * @default arrival
       * @enum {string}
       */
      axis: 'arrival' | 'event';
      /**
       * @description Ends with the differences; nothing is changed.
       * @default false
       */
      dryRun: boolean;
      /** @default null */
      from: string | null;
      /**
       * @description Lower-case letters, digits and hyphens.
       * @example german-hours
       */
      name: string;
      /** @default null */
      producer: string | null;
      /** @enum {string} */
      reason: 'correct' | 'fill' | 'bootstrap';
      /** @default null */
      titleId: string | null;
      /**
       * @description Excluded.
       * @default null
       */
      to: string | null;
    };
    EventsBackfillReport: {
      closedAt: string | null;
      error: {
        code: string;
        message: string;
      } | null;
      id: string;
      order: {
        name: string;
        /** @enum {string} */
        reason: 'correct' | 'fill' | 'bootstrap';
      } & {
        [key: string]: unknown;
      };
      /** @description With plan, audit and difference; null where no worker answers, and at the end. */
      progress:
        | ({
            paused: boolean;
            phase: string;
            shardsDone: number;
            share: number;
          } & {
            [key: string]: unknown;
          })
        | null;
      /** @description With plan, audit, difference and approval; null until the end. */
      result:
        | ({
            /** @enum {string} */
            outcome:
              | 'dry-run'
              | 'unchanged'
              | 'refused'
              | 'expired'
              | 'cancelled'
              | 'announced'
              | 'rejected'
              | 'followed'
              | 'derived';
            version: number | null;
          } & {
            [key: string]: unknown;
          })
        | null;
      startedAt: string;
      /** @enum {string} */
      state: 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed-out';
    } & {
      [key: string]: unknown;
    };
    EventsBackfills: {
      backfills: ({
        closedAt: string | null;
        id: string;
        order: {
          name: string;
          /** @enum {string} */
          reason: 'correct' | 'fill' | 'bootstrap';
        } & {
          [key: string]: unknown;
        };
        startedAt: string;
        /** @enum {string} */
        state: 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed-out';
      } & {
        [key: string]: unknown;
      })[];
    };
    Explanation: {
      /** @description Titles that were scored for the row. */
      candidates: number;
      caps: components['schemas']['Caps'];
      /** @description What is taken off for being like the titles before it. */
      diversity: number;
      /** @description What the row asks of a title, and it passed. */
      filters: ('available' | 'not-disliked' | 'not-watched' | 'not-capped' | 'active-enough')[];
      parts: {
        /** @enum {string} */
        ingredient:
          | 'taste'
          | 'surprise'
          | 'popularity'
          | 'similarity'
          | 'take_rate'
          | 'freshness'
          | 'context'
          | 'exploration';
        /** @description The value in standard deviations from the mean of the candidates. */
        standard: number;
        value: number | null;
        weight: number;
      }[];
      /** @description What was counted of it in this country, by lane. */
      plays: {
        batch: number;
        speed: number;
        total: number;
      };
      policy: components['schemas']['PolicyOfTitle'];
      /** @description Whether it was ranked for this answer: not in rows that were made ahead, nor where the catalogue stands in its order. There are no parts then. */
      ranked: boolean;
      /** @description What the row is ordered by. */
      score: number;
      /** @description What being seen often adds, 0 or less. */
      seen: number;
    };
    /** @description A block of a partition that the speed view should hold and does not. */
    Hole: {
      block: number;
      /** @description The topic generation, where it is a later one than that of the cut. */
      generation?: string;
      partition: number;
      /** @enum {string} */
      topic: 'plays' | 'impressions';
    };
    HomePage: {
      /** @description The answer that this one goes on from. */
      continues: string | null;
      country: string | null;
      counts: components['schemas']['Standing'];
      /** @description To go on from here; null where there is nothing more. */
      cursor: string | null;
      device: string | null;
      /** @description Why it is not all it could be. */
      fallbackReason: string | null;
      hour: number;
      /** @description What it was made of. */
      inputs: {
        input: string;
        /** @enum {string} */
        mode: 'offline' | 'nearline' | 'online';
        /** @enum {string} */
        type: 'model' | 'data' | 'signal';
        version: number | null;
      }[];
      personal: components['schemas']['Personal'];
      policy: components['schemas']['PolicyUsed'];
      profileId: string | null;
      /**
       * Format: uuid
       * @description Quote it in impressions and plays that come of this answer.
       */
      recommendationId: string;
      rows: components['schemas']['PageRow'][];
      /**
       * @description The least of its rows.
       * @enum {string}
       */
      source: 'merged' | 'batch' | 'fallback';
      /** @description Version of every view; null for one that was never published. */
      views: {
        [key: string]: number | null;
      };
    };
    HomeRow: {
      /** @description The answer that this one goes on from. */
      continues: string | null;
      country: string | null;
      counts: components['schemas']['Standing'];
      /** @description To go on from here; null where there is nothing more. */
      cursor: string | null;
      device: string | null;
      /** @description Why it is not all it could be. */
      fallbackReason: string | null;
      hour: number;
      /** @description What it was made of. */
      inputs: {
        input: string;
        /** @enum {string} */
        mode: 'offline' | 'nearline' | 'online';
        /** @enum {string} */
        type: 'model' | 'data' | 'signal';
        version: number | null;
      }[];
      personal: components['schemas']['Personal'];
      policy: components['schemas']['PolicyUsed'];
      profileId: string | null;
      /**
       * Format: uuid
       * @description Quote it in impressions and plays that come of this answer.
       */
      recommendationId: string;
      row: components['schemas']['PageRow'];
      /**
       * @description The least of its rows.
       * @enum {string}
       */
      source: 'merged' | 'batch' | 'fallback';
      /** @description Version of every view; null for one that was never published. */
      views: {
        [key: string]: number | null;
      };
    };
    LakeCareRequest: {
      /**
       * @description Says what would be done, and changes nothing.
       * @default false
       */
      dryRun: boolean;
      /**
       * @default [
       *       "tags",
       *       "compact",
       *       "expire",
       *       "orphans"
       *     ]
       */
      steps: ('tags' | 'compact' | 'expire' | 'orphans')[];
      /** @description All tables where nothing else is said. */
      tables?: (
        | 'plays'
        | 'impressions'
        | 'interactions'
        | 'searches'
        | 'raw_events'
        | 'attributed_plays'
        | 'signals'
        | 'completions'
        | 'quality_metrics'
        | 'served_rows'
      )[];
    };
    /** @description Tables of which something was done, and what failed. */
    LakeCareRun: {
      id: string;
      result: {
        dryRun: boolean;
        failures: string[];
        tables: ({
          filesAfter: number;
          filesBefore: number;
          hoursCompacted: number;
          orphansFound: number;
          orphansRemoved: number;
          snapshotsExpired: number;
          table: string;
          tagsRemoved: number;
          tagsSet: number;
        } & {
          [key: string]: unknown;
        })[];
      } | null;
      /** @enum {string} */
      state: 'running' | 'done' | 'failed';
    };
    LakeCareStarted: {
      id: string;
    };
    /** @description What each table is made of. */
    LakeStatistics: {
      tables: ({
        bytes: number;
        dataFiles: number;
        deleteFiles: number;
        hours: number;
        hoursToCompact: number;
        mostSmallFiles: number;
        oldestTag:
          | ({
              madeAt: string;
              name: string;
              snapshotId: string;
            } & {
              [key: string]: unknown;
            })
          | null;
        oldestToCompact: string | null;
        rows: number;
        smallFiles: number;
        snapshots: number;
        table: string;
        tags: number;
      } & {
        [key: string]: unknown;
      })[];
    };
    /** @description A partition whose log holds records past the watermark while no new marker came for SERVING_SPEED_SILENT_MS. */
    Lane: {
      /** @description The topic generation, where it is a later one than that of the cut. */
      generation?: string;
      partition: number;
      /** @enum {string} */
      topic: 'plays' | 'impressions';
    };
    /** @description The newest launch first. */
    LaunchPerformance: {
      /** @description As of counts: nothing is missing. */
      complete: boolean;
      country: string | null;
      incompleteReason: string | null;
      titles: {
        impressions: number;
        /** Format: date-time */
        launchedAt: string;
        name: string | null;
        /** @description Of the title, wherever they came from. */
        plays: number;
        /** @description Null where there are more plays than impressions, or no impression. */
        rate: components['schemas']['Rate'] | null;
        titleId: string;
      }[];
    };
    ListedTitle: {
      /** @description Event time, milliseconds since the epoch. */
      addedAt: number;
      /** @description Null for a title that is not in the catalogue. */
      name: string | null;
      titleId: string;
    };
    MeasureSums: {
      cappedImpressions: number;
      cappedPlays: number;
      cappedQualifiedPlays: number;
      cappedSecondsViewed: number;
      impressions: number;
      plays: number;
      qualifiedPlays: number;
      secondsViewed: number;
    };
    /** @description The record that the rows were ranked for. */
    NearlineCause: {
      /** @description When it was logged; rows are ranked as of then. */
      appendTime: number;
      /** @description Event time, milliseconds since the epoch. */
      eventTime: number;
      offset: number;
      partition: number;
      topic: string;
    };
    NearlineRow: {
      /** @enum {string} */
      kind:
        | 'billboard'
        | 'trending'
        | 'top-picks'
        | 'my-list'
        | 'genre'
        | 'because-you-watched'
        | 'continue-watching'
        | 'new-releases'
        | 'recently-added'
        | 'popular';
      /** @description The title that the row is about. */
      subject: {
        /** @description Null for a title that is not in the catalogue. */
        name: string | null;
        titleId: string;
      } | null;
      /** @description Best first, of every country, whether or not they are available now. */
      titles: {
        /** @description Null for a title that is not in the catalogue. */
        name: string | null;
        score: number;
        titleId: string;
      }[];
    };
    /** @description Of the views that they were ranked with. */
    NearlineVersions: {
      /** @description Null where none was published. */
      itemFactors: number | null;
      /** @description Null where none was published. */
      neighbours: number | null;
      /** @description Null where none was published. */
      rankingPolicy: number | null;
    };
    /** @description Offsets by clean topic and partition. */
    Offsets: {
      impressions: number[];
      plays: number[];
    };
    PageItem: {
      /** @description With `explain=true`. */
      explanation?: components['schemas']['Explanation'];
      genres: string[];
      /** @enum {string} */
      kind: 'film' | 'series' | 'season' | 'episode';
      name: string;
      /** @description Position in the row, from 0, as impressions report it. */
      rank: number;
      /** @description Where to go on, in Continue Watching. */
      resume?: {
        positionSeconds: number | null;
        share: number | null;
        /** @description What to go on with: the episode of a series. */
        titleId: string;
      };
      titleId: string;
      year: number | null;
    };
    PageRow: {
      heading: string;
      items: components['schemas']['PageItem'][];
      /** @enum {string} */
      kind:
        | 'billboard'
        | 'trending'
        | 'top-picks'
        | 'my-list'
        | 'genre'
        | 'because-you-watched'
        | 'continue-watching'
        | 'new-releases'
        | 'recently-added'
        | 'popular';
      /** @description The name to ask for it alone, and to quote in impressions. */
      row: string;
      /**
       * @description merged: with all that is known now. batch: from published versions alone. fallback: from copies nobody confirms, or in place of what could not be had.
       * @enum {string}
       */
      source: 'merged' | 'batch' | 'fallback';
      /** @description The genre or the title that it is about. */
      subject: string | null;
    };
    /** @description Differences between the lanes that stand, and the newest reports. */
    Parity: {
      exclusions: ({
        kind: string;
        name: string;
      } & {
        [key: string]: unknown;
      })[];
      open: ({
        batch: components['schemas']['ParityTally'];
        /**
         * @description Which lane counts otherwise than the log.
         * @enum {string}
         */
        lane: 'batch' | 'speed' | 'both' | 'unknown';
        log: components['schemas']['ParityTally'] | null;
        moreTitles: number;
        /** @example plays.g1/0/12 */
        name: string;
        since: string;
        speed: components['schemas']['ParityTally'];
        titles: components['schemas']['ParityTitle'][];
      } & {
        [key: string]: unknown;
      })[];
      reports: components['schemas']['ParityReport'][];
    };
    ParityReport: {
      asOf: string;
      compared: number;
      differing: ({
        batch: components['schemas']['ParityTally'];
        /**
         * @description Which lane counts otherwise than the log.
         * @enum {string}
         */
        lane: 'batch' | 'speed' | 'both' | 'unknown';
        log: components['schemas']['ParityTally'] | null;
        moreTitles: number;
        /** @example plays.g1/0/12 */
        name: string;
        speed: components['schemas']['ParityTally'];
        titles: components['schemas']['ParityTitle'][];
      } & {
        [key: string]: unknown;
      })[];
      equal: number;
      open: number;
      passedOver: number;
      version: number;
      waiting: number;
    } & {
      [key: string]: unknown;
    };
    /** @description Records that counted, and the entries they made. */
    ParityTally: {
      entries: number;
      events: number;
    } & {
      [key: string]: unknown;
    };
    ParityTitle: {
      cells: ({
        batch: number;
        cell: string;
        family: string;
        log: number | null;
        measure: string;
        speed: number;
      } & {
        [key: string]: unknown;
      })[];
      /** @enum {string} */
      lane: 'batch' | 'speed' | 'both' | 'unknown';
      more: number;
      title: string;
    } & {
      [key: string]: unknown;
    };
    /** @description What batch counted, what the speed layer counted past the cut, and the sum. */
    Parts: {
      batch: number;
      speed: number;
      total: number;
    };
    Personal: {
      /**
       * @description online: ranked for the profile as it is now. nearline, offline: with rows that were made ahead, after its last play or by a published model. none: for everybody in the country.
       * @enum {string}
       */
      mode: 'online' | 'nearline' | 'offline' | 'none';
      /** @description Why it is not online. */
      reason: string | null;
      /**
       * @description What tastes were told by.
       * @enum {string}
       */
      taste: 'factors' | 'clusters' | 'neighbours' | 'genres' | 'none';
    };
    PinOrder: {
      /**
       * @description Only says what would be served; nothing is changed.
       * @default false
       */
      dryRun: boolean;
      version: number;
    };
    /** @description The policy that placed it. In an interleaved row `arm` is the experiment, and `team` the arm that chose it: a for the first by name. */
    PolicyOfTitle: {
      arm: string | null;
      team: ('a' | 'b') | null;
      version: number | null;
    };
    PolicyUsed: {
      arm: string | null;
      version: number | null;
    };
    PositionPerformance: {
      /** @description When its newest row was logged. */
      asOf: string | null;
      positions: {
        /** @description Rank in the row, from 0. */
        position: number;
        /** @description How often a title there is looked at, against the place looked at most. */
        propensity: number | null;
        rate: components['schemas']['Rate'];
        /** @description Explicit impressions. */
        shown: number;
        /** @description Plays that attribution traced to one. */
        taken: number;
      }[];
      row: string | null;
      /** @description Of the view row-performance; null before the first. */
      version: number | null;
    };
    ProfileImpressions: {
      /** @description What the counts are as of, milliseconds since the epoch. */
      asOf: number;
      profileId: string;
      /** @description How many titles are remembered. */
      remembered: number;
      /** @description The strongest by month first. */
      titles: components['schemas']['TitleMemory'][];
    };
    ProfileNearline: {
      cause: components['schemas']['NearlineCause'];
      profileId: string;
      rows: components['schemas']['NearlineRow'][];
      versions: components['schemas']['NearlineVersions'];
    };
    ProfileSignals: {
      /** @description Event time, milliseconds since the epoch. */
      asOf: number;
      profileId: string;
      /** @description Those raised that have not expired, the newest first. */
      signals: components['schemas']['Signal'][];
    };
    ProfileTitlePairs: {
      /** @description Event time, milliseconds since the epoch. */
      asOf: number;
      /** @description The strongest first. */
      pairs: components['schemas']['TitlePair'][];
      profileId: string;
    };
    ProfileWatching: {
      /** @description Event time, milliseconds since the epoch. */
      asOf: number;
      /** @description My List, newest first. */
      list: components['schemas']['ListedTitle'][];
      profileId: string;
      /** @description The newest of each title, newest first. */
      ratings: components['schemas']['RatedTitle'][];
      /** @description Newest first. */
      watched: components['schemas']['WatchedTitle'][];
    };
    PromotionPerformance: {
      /** @description When its newest row was logged. */
      asOf: string | null;
      promotions: {
        promotion: string;
        rate: components['schemas']['Rate'];
        /** @description Explicit impressions. */
        shown: number;
        /** @description Plays that attribution traced to one. */
        taken: number;
      }[];
      /** @description Of the view row-performance; null before the first. */
      version: number | null;
    };
    /** @description A share with Wilson's score interval of 95 %. */
    Rate: {
      high: number;
      low: number;
      /** @description Plays per impression. */
      value: number;
    };
    RatedTitle: {
      /** @description Event time, milliseconds since the epoch. */
      at: number;
      /** @description Null for a title that is not in the catalogue. */
      name: string | null;
      rating: number;
      titleId: string;
    };
    RollBackOrder: {
      /**
       * @description Only says what would be served; nothing is changed.
       * @default false
       */
      dryRun: boolean;
      /** @description What is wrong with it, for the record. */
      reason: string;
    };
    Row: {
      /** @description By clean topic; null while the end of its log was never heard. */
      behind: {
        impressions: components['schemas']['Behind'] | null;
        plays: components['schemas']['Behind'] | null;
      };
      /** @description True exactly when batch view and speed view are both counted, no block between cut and watermark is missing, the end of each clean log was heard within SERVING_SPEED_SILENT_MS, and no partition whose log goes on past the watermark went without a new marker for longer than that, as far as this process has seen. It does not say that the watermark is at the end of the log: `behind` says how far that was. */
      complete: boolean;
      country: string | null;
      /** @description First offsets that the view does not count. */
      cut: components['schemas']['Offsets'];
      /** @description Age of the view. */
      cutAgeMs: number | null;
      /** @description Why it is not merged. */
      fallbackReason: string | null;
      /** @description The topic generation that cut and watermark are of. */
      generation: string;
      /** @description The first 100 missing blocks. */
      holes: components['schemas']['Hole'][];
      /** @description Why it is not complete; null exactly when it is. */
      incompleteReason: string | null;
      /** @description What it was made of. */
      inputs: {
        input: string;
        /** @enum {string} */
        mode: 'offline' | 'nearline' | 'online';
        /** @enum {string} */
        type: 'model' | 'data' | 'signal';
        version: number | null;
      }[];
      items: components['schemas']['RowItem'][];
      /** @description Topic generations after it, counted from their beginning; none but for a while after a change of generation. */
      later: {
        generation: string;
        watermark: components['schemas']['Offsets'];
      }[];
      /**
       * Format: uuid
       * @description Quote it in impressions and plays that come of this row.
       */
      recommendationId: string;
      /** @enum {string} */
      row: 'trending' | 'popular';
      /** @description The first 100 partitions whose speed lane is silent. */
      silent: components['schemas']['Lane'][];
      /**
       * @description merged: batch view and speed view. batch: the announced view alone. fallback: a copy nobody confirms, other titles in place of those asked for, or the catalogue.
       * @enum {string}
       */
      source: 'merged' | 'batch' | 'fallback';
      /** @description Why every take rate of the row is withheld. */
      takeRateReason: string | null;
      /** @description Version of every view; null for one that was never published. */
      views: {
        [key: string]: number | null;
      };
      /** @description Version of the view popularity. */
      viewVersion: number | null;
      /** @description Offsets up to which everything is counted. */
      watermark: components['schemas']['Offsets'];
      window: ('5m' | '1h' | '24h') | null;
    };
    /** @description Impressions of the title in one row, and plays that came from there. */
    RowCounts: {
      cappedImpressions: components['schemas']['Parts'];
      impressions: components['schemas']['Parts'];
      /** @description Plays that came from the row, as attribution says by now: those since `rowPlaysSince`, as far back as the topic attributed-plays was kept when this process began, not since ever as impressions are. Null while not known. */
      plays: number | null;
      row: string;
    };
    RowItem: {
      /** @description Impressions, capped in the same way. */
      cappedImpressions: number;
      /** @description Plays of which each profile counts at most 3 a title and hour of the log; what trending goes by. */
      cappedPlays: number;
      impressions: number;
      name: string;
      plays: number;
      /** @description Position in the row, from 0, as impressions report it. */
      rank: number;
      /** @description What the row is ordered by. */
      score: number | null;
      /** @description Plays per impression, smoothed; null when withheld. */
      takeRate: number | null;
      titleId: string;
    };
    RowMemory: {
      counts: components['schemas']['DecayedCounts'];
      /** @description Event time, milliseconds since the epoch. */
      firstSeen: number;
      /** @description Event time, milliseconds since the epoch. */
      lastSeen: number;
      /** @description Null for the rows that were folded together. */
      row: string | null;
    };
    RowPerformance: {
      /** @description When its newest row was logged. */
      asOf: string | null;
      rows: {
        rate: components['schemas']['Rate'];
        row: string;
        /** @description Explicit impressions. */
        shown: number;
        /** @description Plays that attribution traced to one. */
        taken: number;
        unbiasedRate: components['schemas']['UnbiasedRate'];
      }[];
      /** @description Of the view row-performance; null before the first. */
      version: number | null;
    };
    Signal: {
      /** @description What led to it. */
      detail: {
        [key: string]: unknown;
      };
      /** @description Event time, milliseconds since the epoch. */
      eventTime: number;
      /** @description Event time, milliseconds since the epoch. */
      expiresAt: number;
      /** @enum {string} */
      signal: 'binge' | 'abandonment' | 'repeated-search' | 'completion' | 'rewatch' | 'genre-shift';
      /** @description A title, series, genre, query or hour. */
      subject: string;
      value: number;
    };
    SimilarTitles: {
      country: string | null;
      counts: components['schemas']['Standing'];
      /** @description Why it is not all it could be. */
      fallbackReason: string | null;
      /** @description What it was made of. */
      inputs: {
        input: string;
        /** @enum {string} */
        mode: 'offline' | 'nearline' | 'online';
        /** @enum {string} */
        type: 'model' | 'data' | 'signal';
        version: number | null;
      }[];
      /** @description Never the title itself. */
      items: components['schemas']['PageItem'][];
      /**
       * Format: uuid
       * @description Quote it in impressions and plays that come of this answer.
       */
      recommendationId: string;
      /**
       * @description The name to quote in impressions.
       * @example similar:50
       */
      row: string;
      /**
       * @description batch: of published models and the catalogue. fallback: nothing is like the title, and other titles stand in place.
       * @enum {string}
       */
      source: 'merged' | 'batch' | 'fallback';
      titleId: string;
      /** @description Version of every view; null for one that was never published. */
      views: {
        [key: string]: number | null;
      };
    };
    /** @description The counts that it was made with, at most a second old. */
    Standing: {
      /** @description By clean topic; null while the end of its log was never heard. */
      behind: {
        impressions: components['schemas']['Behind'] | null;
        plays: components['schemas']['Behind'] | null;
      };
      /** @description True exactly when batch view and speed view are both counted, no block between cut and watermark is missing, the end of each clean log was heard within SERVING_SPEED_SILENT_MS, and no partition whose log goes on past the watermark went without a new marker for longer than that, as far as this process has seen. It does not say that the watermark is at the end of the log: `behind` says how far that was. */
      complete: boolean;
      /** @description First offsets that the view does not count. */
      cut: components['schemas']['Offsets'];
      /** @description Age of the view. */
      cutAgeMs: number | null;
      /** @description Why it is not merged. */
      fallbackReason: string | null;
      /** @description The topic generation that cut and watermark are of. */
      generation: string;
      /** @description The first 100 missing blocks. */
      holes: components['schemas']['Hole'][];
      /** @description Why it is not complete; null exactly when it is. */
      incompleteReason: string | null;
      /** @description Topic generations after it, counted from their beginning; none but for a while after a change of generation. */
      later: {
        generation: string;
        watermark: components['schemas']['Offsets'];
      }[];
      /** @description The first 100 partitions whose speed lane is silent. */
      silent: components['schemas']['Lane'][];
      /**
       * @description merged: batch view and speed view. batch: the announced view alone. fallback: a copy nobody confirms, other titles in place of those asked for, or the catalogue.
       * @enum {string}
       */
      source: 'merged' | 'batch' | 'fallback';
      /** @description Version of the view popularity. */
      viewVersion: number | null;
      /** @description Offsets up to which everything is counted. */
      watermark: components['schemas']['Offsets'];
    };
    Steered: {
      /** @enum {string} */
      action: 'pin' | 'unpin' | 'roll-back';
      /** @description False where it was so already, and in a dry run. */
      changed: boolean;
      dryRun: boolean;
      /** @description What was to be served before. */
      from: number;
      /** @description False where subscribers could not be told: they find out at their next look. */
      notified: boolean;
      pinned: number | null;
      /** @description What is to be served now. */
      to: number;
      view: string;
    };
    Subscriber: {
      /** @description When it reported last, milliseconds since the epoch. */
      heardAt: number;
      /** @description How long the version to be served has waited by then; 0 where it is served. */
      lagMs: number | null;
      loadedAt: string | null;
      /** @description From the announcement of the version to its being loaded; null where it was announced before the subscriber was there, or follows a pin. */
      loadLagMs: number | null;
      pinned: number | null;
      /**
       * @description behind: it serves another version than it should. silent: it missed three reports; after a day it is left out.
       * @enum {string}
       */
      standing: 'current' | 'behind' | 'silent';
      subscriber: string;
      version: number | null;
      view: string;
    };
    TitleCounts: {
      /** @description By clean topic; null while the end of its log was never heard. */
      behind: {
        impressions: components['schemas']['Behind'] | null;
        plays: components['schemas']['Behind'] | null;
      };
      /** @description The 50 rows with most impressions, in all countries; null where one country was asked for. */
      byRow: components['schemas']['RowCounts'][] | null;
      cappedImpressions: components['schemas']['Parts'];
      cappedPlays: components['schemas']['Parts'];
      cappedQualifiedPlays: components['schemas']['Parts'];
      cappedSecondsViewed: components['schemas']['Parts'];
      /** @description True exactly when batch view and speed view are both counted, no block between cut and watermark is missing, the end of each clean log was heard within SERVING_SPEED_SILENT_MS, and no partition whose log goes on past the watermark went without a new marker for longer than that, as far as this process has seen. It does not say that the watermark is at the end of the log: `behind` says how far that was. */
      complete: boolean;
      country: string | null;
      /** @description First offsets that the view does not count. */
      cut: components['schemas']['Offsets'];
      /** @description Age of the view. */
      cutAgeMs: number | null;
      /** @description Who started the title, in all countries; null where one country was asked for. */
      distinctProfiles: components['schemas']['DistinctProfiles'] | null;
      /** @description Why it is not merged. */
      fallbackReason: string | null;
      /** @description The topic generation that cut and watermark are of. */
      generation: string;
      /** @description The first 100 missing blocks. */
      holes: components['schemas']['Hole'][];
      impressions: components['schemas']['Parts'];
      /** @description Why it is not complete; null exactly when it is. */
      incompleteReason: string | null;
      /** @description Topic generations after it, counted from their beginning; none but for a while after a change of generation. */
      later: {
        generation: string;
        watermark: components['schemas']['Offsets'];
      }[];
      /** @description Null for a title that is not in the catalogue. */
      name: string | null;
      plays: components['schemas']['Parts'];
      qualifiedPlays: components['schemas']['Parts'];
      /** @description When the oldest play counted by row was logged; null where none is, or they are not known. */
      rowPlaysSince: string | null;
      secondsViewed: components['schemas']['Parts'];
      /** @description The first 100 partitions whose speed lane is silent. */
      silent: components['schemas']['Lane'][];
      /**
       * @description merged: batch view and speed view. batch: the announced view alone. fallback: a copy nobody confirms, other titles in place of those asked for, or the catalogue.
       * @enum {string}
       */
      source: 'merged' | 'batch' | 'fallback';
      takeRate: number | null;
      /** @description Why the take rate is withheld. */
      takeRateReason: string | null;
      titleId: string;
      /** @description Version of the view popularity. */
      viewVersion: number | null;
      /** @description Offsets up to which everything is counted. */
      watermark: components['schemas']['Offsets'];
    };
    TitleMemory: {
      /** @description Shown SERVING_CAP_PER_DAY times or more in the last day, without being played in it. */
      capped: boolean;
      counts: components['schemas']['DecayedCounts'];
      /** @description Event time, milliseconds since the epoch. */
      firstSeen: number;
      /** @description Impressions in this hour and the 23 before it. */
      lastDay: number;
      /** @description Event time, milliseconds since the epoch. */
      lastSeen: number;
      /** @description Null for a title that is not in the catalogue. */
      name: string | null;
      /** @description Newest start of a play, where it is remembered. */
      playedAt: number | null;
      rows: components['schemas']['RowMemory'][];
      titleId: string;
      /** @description The factor by which rows discount it, from 0 to 1. */
      weight: number;
    };
    TitlePair: {
      /** @description The last time, to the hour, milliseconds since the epoch. */
      newest: number;
      /** @description Each time weighs e^(−age / 2592000000 ms). */
      strength: number;
      /** @description How often both were watched within the window. */
      times: number;
      /** @description Series for their episodes. */
      titles: {
        /** @description Null for a title that is not in the catalogue. */
        name: string | null;
        titleId: string;
      }[];
    };
    /** @description What the rate would be where everything stands at the place that is looked at most, with its interval of 95 %. */
    UnbiasedRate: {
      high: number;
      low: number;
      value: number;
    };
    /** @description Titles whose rate lies below the usual one with their whole interval, most impressions first. */
    UnengagedTitles: {
      /** @description As of counts: nothing is missing. */
      complete: boolean;
      country: string | null;
      incompleteReason: string | null;
      titles: {
        impressions: number;
        name: string | null;
        /** @description Of the title, wherever they came from. */
        plays: number;
        /** @description Null where there are more plays than impressions, or no impression. */
        rate: components['schemas']['Rate'] | null;
        titleId: string;
      }[];
      /** @description Plays per impression of all titles, at most one half. */
      usual: number;
    };
    UnpinOrder: {
      /**
       * @description Only says what would be served; nothing is changed.
       * @default false
       */
      dryRun: boolean;
    };
    View: {
      announcedAt: string | null;
      /** @description What the trial of the announced version came to; null where it had none. */
      canary: {
        /** @description Number of a version. */
        against: number;
        decidedAt: string;
        figures: {
          [key: string]: number;
        };
        openedAt: string;
        /** @enum {string} */
        outcome: 'passed' | 'stopped' | 'undecided' | 'skipped';
        reason: string;
      } | null;
      /** @description The version that is on trial now, with the share of profiles it is served to. */
      candidate: {
        endsAt: string;
        openedAt: string;
        share: number;
        /** @description Number of a version. */
        version: number;
      } | null;
      pinned: number | null;
      /** @description Who follows it; null while the log of reports cannot be read. */
      subscribers: components['schemas']['Subscriber'][] | null;
      /** @description The announced version; null before the first. */
      version: number | null;
      versions: {
        reason: string | null;
        /** @description The rule that refused it. */
        rule: string | null;
        runId: string | null;
        /** @enum {string} */
        state:
          | 'staged'
          | 'verified'
          | 'announced'
          | 'backup'
          | 'rejected'
          | 'rolled-back'
          | 'expired'
          | 'unreadable';
        /** @description Number of a version. */
        version: number;
      }[];
      view: string;
    };
    WatchedTitle: {
      /** @description Newest event. */
      at: number;
      /** @description When it was last seen to its end, in whatever play. */
      finishedAt: number | null;
      /** @description Null for a title that is not in the catalogue. */
      name: string | null;
      /** @description Where to go on. */
      positionSeconds: number | null;
      /** @description Its series; itself where it has none. */
      rootTitleId: string;
      runtimeSeconds: number | null;
      /** @description Position as a share of the runtime, 0 to 1. */
      share: number | null;
      /** @description Newest start; the newest event where none came. */
      startedAt: number;
      /** @enum {string} */
      status: 'open' | 'stopped' | 'finished' | 'abandoned';
      titleId: string;
    };
    WhyNot: {
      name: string | null;
      policy: components['schemas']['PolicyUsed'];
      profileId: string;
      reasons: {
        /** @description The row above that has it. */
        earlier: string | null;
        /** @description The score of the last title of the row. */
        lastShown: number | null;
        /** @description Null for what holds for the whole page. */
        row: string | null;
        /** @enum {string} */
        rule:
          | 'unknown-title'
          | 'unavailable'
          | 'disliked'
          | 'finished'
          | 'under-way'
          | 'abandoned'
          | 'capped'
          | 'below-minimum-activity'
          | 'not-a-candidate'
          | 'in-an-earlier-row'
          | 'scored-below'
          | 'row-left-out';
        score: number | null;
      }[];
      /** @description Where it does stand on the page. */
      shown: {
        rank: number;
        row: string;
      } | null;
      titleId: string;
      /** @description Version of every view; null for one that was never published. */
      views: {
        [key: string]: number | null;
      };
    };
    /**
     * @description The title id.
     * @example 50
     */
    WhyNotTitle: string;
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
