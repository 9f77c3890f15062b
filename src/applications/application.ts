// pure
export interface UserTokenVerification {
  issuer: string;
  audience: string;
  jwksUrl: string;
}

export interface Application {
  id: string;
  name: string;
  enabled: boolean;
  allowedOrigins: string[];
  userTokens: UserTokenVerification | null;
  requestsPerMinute: number | null;
  /** Grows with every change of the application or of its credentials. */
  revision: number;
  createdAt: Date;
}

/** Never holds the client secret: only its hash is kept, and only the store sees that. */
export interface ApplicationCredential {
  id: string;
  applicationId: string;
  label: string | null;
  clientId: string;
  createdAt: Date;
  lastUsedAt: Date | null;
}
