import type { Json } from '../../../src/kernel/json.ts';
import { call, get, type Answer, type Scenario, type Suite } from './scenario.ts';

const created: Answer = { kind: 'nothing', status: 201 };
const document: Answer = { kind: 'xml' };

/** [operation, scenario, the value]: each is read as XML, and sent from JSON. */
const rows: readonly (readonly [operation: string, get: string, put: string, value: Json])[] = [
  [
    'ComplexTypeRefNoMeta',
    'GetRootWithRefAndNoMetaXML',
    'PutRootWithRefAndNoMetaXML',
    { RefToModel: { ID: 'myid' }, Something: 'else' },
  ],
  [
    'ComplexTypeRefWithMeta',
    'GetRootWithRefAndMetaXML',
    'PutRootWithRefAndMetaXML',
    { RefToModel: { ID: 'myid' }, Something: 'else' },
  ],
  [
    'Simple',
    'GetSimpleXML',
    'PutSimpleXML',
    {
      title: 'Sample Slide Show',
      date: 'Date of publication',
      author: 'Yours Truly',
      slides: [
        { type: 'all', title: 'Wake up to WonderWidgets!' },
        {
          type: 'all',
          title: 'Overview',
          items: ['Why WonderWidgets are great', '', 'Who buys WonderWidgets'],
        },
      ],
    },
  ],
  [
    'WrappedLists',
    'GetWrappedXMLList',
    'PutWrappedXMLList',
    { GoodApples: ['Fuji', 'Gala'], BadApples: ['Red Delicious'] },
  ],
  ['EmptyList', 'GetEmptyXMLList', 'PutEmptyXMLList', { slides: [] }],
  [
    'EmptyWrappedLists',
    'GetEmptyWrappedXMLList',
    'PutEmptyWrappedXMLList',
    { GoodApples: [], BadApples: [] },
  ],
  [
    'RootList',
    'GetXMLListAtRoot',
    'PutXMLListAtRoot',
    [
      { name: 'Cavendish', flavor: 'Sweet', expiration: '2018-02-28T00:40:00.123Z' },
      { name: 'Plantain', flavor: 'Savory', expiration: '2018-02-28T00:40:00.123Z' },
    ],
  ],
  [
    'RootListSingleItem',
    'GetXMLListAtRootSingle',
    'PutXMLListAtRootSingle',
    [{ name: 'Cavendish', flavor: 'Sweet', expiration: '2018-02-28T00:40:00.123Z' }],
  ],
  ['EmptyRootList', 'GetEmptyXMLListAtRoot', 'PutEmptyXMLListAtRoot', []],
  [
    'EmptyChildElement',
    'GetXMLEmptyNode',
    'PutXMLEmptyNode',
    { name: 'Unknown Banana', flavor: '', expiration: '2012-02-24T00:53:52.789Z' },
  ],
  [
    'ServiceProperties',
    'StorageGetServicePropertiesXML',
    'StoragePutServicePropertiesXML',
    {
      Logging: {
        Version: '1.0',
        Delete: true,
        Read: false,
        Write: true,
        RetentionPolicy: { Enabled: true, Days: 7 },
      },
      HourMetrics: {
        Version: '1.0',
        Enabled: true,
        IncludeAPIs: false,
        RetentionPolicy: { Enabled: true, Days: 7 },
      },
      MinuteMetrics: {
        Version: '1.0',
        Enabled: true,
        IncludeAPIs: true,
        RetentionPolicy: { Enabled: true, Days: 7 },
      },
    },
  ],
  [
    'Acls',
    'StorageGetContainerACLXML',
    'StoragePutContainerACLXML',
    [
      {
        Id: 'MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=',
        AccessPolicy: {
          Start: '2009-09-28T08:49:37.123Z',
          Expiry: '2009-09-29T08:49:37.123Z',
          Permission: 'rwd',
        },
      },
    ],
  ],
];

const documents: readonly Scenario[] = rows.flatMap(([operation, read, sent, value]) => [
  call(`xml_get${operation}`, read, {}, document),
  call(`xml_put${operation}`, sent, { body: value }, created),
]);

/** Bodies in XML, written from JSON by what the document says of names, attributes and lists. */
export const xmlSuites: readonly Suite[] = [
  {
    document: 'xml-service',
    counts: /XML|^XmlGet|^XmlPut|^GetWithXMsText$/,
    scenarios: [
      ...documents,
      call('xml_listContainers', 'StorageListContainersXML', {}, document),
      call('xml_listBlobs', 'StorageListBlobsXML', {}, document),
      call('xml_jsonInput', 'jsonInputInXMLSwagger', { body: { id: 42 } }),
      get('xml_jsonOutput', 'jsonOutputInXMLSwagger', { id: 42 }),
      call('xml_GetXMsText', 'GetWithXMsText', {}, document),
      call('xml_getBytes', 'XmlGetBytes', {}, document),
      call('xml_putBinary', 'XmlPutBytes', { body: { Bytes: base64('Hello world') } }, created),
      call('xml_getUri', 'XmlGetUrl', {}, document),
      call(
        'xml_putUri',
        'XmlPutUrl',
        { body: { Url: 'https://myaccount.blob.core.windows.net/' } },
        created,
      ),
      // The server keeps no count of this one.
      {
        operation: 'xml_getHeaders',
        given: {},
        answer: { kind: 'nothing', headers: { 'custom-header': 'custom-value' } },
      },
    ],
  },
];

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
