/** As Pulumi.yaml names it. */
export const project = "php-web-service";

export const stackFileName = (stack: string) => `Pulumi.${stack}.yaml`;
