// The official Kubernetes provider of Pulumi, as its own main serves it.
package main

import (
	"log"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

func main() {
	provider.Serve("kubernetes", version.Version, besideProgram("schema.json"), besideProgram("terraform-mapping.json"))
}

// The module has these files beside its main, which embeds what a generator makes of them.
func besideProgram(name string) []byte {
	program, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(filepath.Dir(program), "kubernetes-provider-files", name))
	if err != nil {
		log.Fatal(err)
	}
	return content
}
