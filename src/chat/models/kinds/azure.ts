import { createAzure } from '@ai-sdk/azure';
import type { OpenKind } from './kind.ts';

/** Models of OpenAI on Azure; the model's id is the deployment's name. */
export const azure: OpenKind<'azure'> = ({ settings, key = '', fetch, modelId }) => {
  const { baseUrl, apiVersion = 'v1', wire = 'responses' } = settings;
  const provider = createAzure({
    baseURL: baseUrl,
    apiKey: key,
    apiVersion,
    // Versions with a date know deployments by the path alone.
    useDeploymentBasedUrls: /^\d{4}-/.test(apiVersion),
    fetch,
  });
  return wire === 'chat' ? provider.chat(modelId) : provider.responses(modelId);
};
