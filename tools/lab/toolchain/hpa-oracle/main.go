// hpa-oracle says what the HPA controller of Kubernetes decides: the real code, run on simulated time.
//
// It reads scenarios from stdin, one JSON object a line, and prints one JSON object per tick. docs/hpa-scenarios.md describes
// both. The TypeScript model in tools/tuner/ is compared with it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/go-logr/logr"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/klog/v2"
)

func main() {
	// The stock handlers wait between errors by a stamp that outlives the simulated clock it was taken from.
	utilruntime.ErrorHandlers = nil
	// What has no logger of its own would tell stderr that caches are synced, once per scenario.
	klog.SetLogger(logr.Discard())
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "hpa-oracle: %v\n", err)
		os.Exit(2)
	}
}

func run() error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	output := bufio.NewWriterSize(os.Stdout, 1<<16)
	encoder := json.NewEncoder(output)
	encoder.SetEscapeHTML(false)
	for number := 1; lines.Scan(); number++ {
		scenario, err := parseScenario(lines.Bytes())
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		answers, err := play(scenario)
		if err != nil {
			return fmt.Errorf("line %d, scenario %q: %w", number, scenario.Name, err)
		}
		for _, answer := range answers {
			if err := encoder.Encode(answer); err != nil {
				return err
			}
		}
		if err := output.Flush(); err != nil {
			return err
		}
	}
	return lines.Err()
}
