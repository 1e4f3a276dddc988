/** Stand-in for pulumi-resource-kubernetes-ingress-nginx. */
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";

import { Engine } from "../rpc/engine";
import { engineAddress, serve } from "../rpc/server";
import { ingressNginxProvider } from "./provider";

const address = engineAddress(process.argv.slice(2));

void serve(ResourceProviderService, ingressNginxProvider(new Engine(address)), { engineAddress: address });
