// Traces of Keyhole, by OTLP over HTTP: node --import ./tracing.mjs dist/src/main.js
// npm install @opentelemetry/sdk-node @opentelemetry/exporter-trace-otlp-http @opentelemetry/instrumentation-http
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { NodeSDK } from '@opentelemetry/sdk-node';

// The endpoint is OTEL_EXPORTER_OTLP_ENDPOINT, the name OTEL_SERVICE_NAME. Never add an instrumentation of undici or of outbound HTTP: it
// would put the URL with the client secret in it into spans.
const incomingAlone = new HttpInstrumentation({ ignoreOutgoingRequestHook: () => true });
const sdk = new NodeSDK({ traceExporter: new OTLPTraceExporter(), instrumentations: [incomingAlone] });
sdk.start();
process.once('SIGTERM', () => void sdk.shutdown());
