// The entry that Pulumi runs. Its host compiles TypeScript with a ts-node of its own that is years older than this
// code, so tsx compiles it instead.
require("tsx/cjs");
require("./index.ts");
