/** Plain JSON: what manifests, previews and patches are made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [field: string]: Json }
