import type { ChargeSettings } from '../exporter.ts';
import { lago } from './lago.ts';
import { openMeter } from './openmeter.ts';
import { ownWebhook } from './own-webhook.ts';
import type { VendorEgress } from './post-to-vendor.ts';
import { stripeMeter } from './stripe-meter.ts';
import type { Vendor } from './vendor.ts';

/** The vendor that settings name. */
export function openVendor(
  settings: ChargeSettings,
  credential: string,
  egress: VendorEgress,
): Vendor {
  switch (settings.kind) {
    case 'stripe':
      return stripeMeter(settings, credential, egress);
    case 'openmeter':
      return openMeter(settings, credential, egress);
    case 'lago':
      return lago(settings, credential, egress);
    case 'webhook':
      return ownWebhook(settings, credential, egress);
  }
}
