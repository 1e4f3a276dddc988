/** Stand-in for pulumi-resource-kubernetes. */
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";

import { Engine } from "../rpc/engine";
import { engineAddress, serve } from "../rpc/server";
import { kubernetesProvider } from "./provider";

const address = engineAddress(process.argv.slice(2));

void serve(ResourceProviderService, kubernetesProvider(new Engine(address)), { engineAddress: address });
