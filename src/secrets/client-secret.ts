// pure
import type { SecretTraits } from '../requests/secret-traits.ts';
import type { AllowedUrl } from './allowed-url.ts';

export const HTTP_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type HttpMethod = (typeof HTTP_METHODS)[number];

/** A part of a request in which a placeholder may stand. */
export const SECRET_PLACEMENTS = ['HEADERS', 'PARAMS', 'DATA', 'URL'] as const;
export type SecretPlacement = (typeof SECRET_PLACEMENTS)[number];

export interface UserAccess {
  username: string;
  canEdit: boolean;
}
export interface GroupAccess {
  name: string;
  canEdit: boolean;
}

/** Where a value may go: what is checked at submission and again at sending. Empty `allowedMethods` allows every one. */
export interface DestinationRules {
  allowedUrls: readonly string[];
  allowedMethods: readonly HttpMethod[];
  allowedPlacements: readonly SecretPlacement[];
}

/** The encrypted value as it lies in the database. */
export interface SealedSecret {
  keyId: string;
  wrappedKey: string;
  sealedValue: string;
}

/** All but the value. */
export interface ClientSecret extends DestinationRules {
  id: string;
  applicationId: string;
  name: string;
  maskedSecret: string;
  clientId: string | null;
  locked: boolean;
  enabled: boolean;
  identifierCode: string | null;
  tags: readonly string[];
  notes: string | null;
  /** A user's name; null when the application created it. */
  owner: string | null;
  usersAllowed: readonly UserAccess[];
  groupsAllowed: readonly GroupAccess[];
  /** Grows at each rotation. */
  version: number;
  /** Grows with every change. */
  revision: number;
  createdAt: Date;
  updatedAt: Date;
  lastUsedAt: Date | null;
}

/** `DestinationRules` prepared for comparing. */
export interface CompiledDestination {
  urls: readonly AllowedUrl[];
  methods: readonly HttpMethod[];
  placements: readonly SecretPlacement[];
}

/** What submitting and sending need: the secret as it stood at `revision`, with its value still sealed. */
export interface UsableSecret {
  secret: ClientSecret;
  sealed: SealedSecret;
  destination: CompiledDestination;
  /** Where the value could stand, and nothing else about it. */
  traits: SecretTraits;
}
