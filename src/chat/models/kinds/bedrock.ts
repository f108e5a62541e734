import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock';
import type { OpenKind } from './kind.ts';

/** Amazon Bedrock by its Converse, with a key of Bedrock or with an access key of AWS. */
export const bedrock: OpenKind<'bedrock'> = ({ settings, key = '', fetch, modelId }) => {
  const { region, accessKeyId, baseUrl = endpointOf(region) } = settings;
  const access =
    accessKeyId === undefined ? { apiKey: key } : { apiKey: '', accessKeyId, secretAccessKey: key };
  return createAmazonBedrock({ region, baseURL: baseUrl, fetch, ...access })(modelId);
};

function endpointOf(region: string): string {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `https://bedrock-runtime.${region}.${suffix}`;
}
