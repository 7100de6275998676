/** The routes of an Express app, for tests that hold them against a document. */
import type { Express } from 'express';

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: readonly Layer[] };
}

/** Every method and path that one of the apps has a route for, as OpenAPI writes them. */
export function routesOf(...apps: readonly Express[]): string[] {
  const walk = (layers: readonly Layer[]): string[] =>
    layers.flatMap(({ route, handle }) =>
      route === undefined
        ? walk(handle.stack ?? [])
        : Object.keys(route.methods).map((method) => `${method} ${route.path.replace(/:(\w+)/g, '{$1}')}`),
    );
  return [...new Set(apps.flatMap((app) => walk(app.router.stack as unknown as Layer[])))].sort();
}
