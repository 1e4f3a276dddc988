/** Stand-in for pulumi-language-nodejs, the engine's way to run programs and policy packs in Node. */
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";

import { Engine } from "../rpc/engine";
import { engineAddress, serve } from "../rpc/server";
import { languageHost } from "./host";
import { Programs } from "./programs";

const address = engineAddress(process.argv.slice(2));
const programs = new Programs();

void serve(LanguageRuntimeService, languageHost(new Engine(address), programs), {
    engineAddress: address,
    onEnd: () => {
        programs.stop();
    },
});
