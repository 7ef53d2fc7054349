/** Whether a file of this name is read. */
export const mayHoldManifests = (file: string): boolean => /\.(?:ya?ml|json)$/.test(file)

/** Whether kustomize takes a file of this name as what it is to build, whatever the file says of itself. */
export const isKustomizationFile = (file: string): boolean =>
  /(?:^|\/)(?:kustomization\.ya?ml|Kustomization)$/.test(file)
