import { isJsonObject, objectMember, type JsonObject } from '../../kernel/json.ts';

/** True when a client with these capabilities can be asked this (client features, each). */
export function isAskable(capabilities: JsonObject, method: string, params: JsonObject): boolean {
  switch (method) {
    case 'elicitation/create': {
      const declared = objectMember(capabilities, 'elicitation');
      if (params['mode'] === 'url') return isJsonObject(declared?.['url']);
      // An empty declaration means form mode.
      return declared !== undefined && ('form' in declared || !('url' in declared));
    }
    case 'sampling/createMessage': {
      const declared = objectMember(capabilities, 'sampling');
      return declared !== undefined && (!('tools' in params) || 'tools' in declared);
    }
    case 'roots/list':
      return isJsonObject(capabilities['roots']);
    default:
      return false;
  }
}
