// The reference for `pnpm bench queue`: the same phases on client-go's workqueue.
//
// The first line of standard input is the settings, then the names follow, one per line. After that each line read
// runs one round, which is answered with one line of JSON: nanoseconds per phase.
package main

import (
	"bufio"
	"encoding/json"
	"log"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"k8s.io/client-go/util/workqueue"
)

type settings struct {
	Names      int `json:"names"`
	SteadyRuns int `json:"steadyRuns"`
	Backlog    int `json:"backlog"`
}

type about struct {
	Go       string `json:"go"`
	ClientGo string `json:"clientGo"`
}

type round struct {
	Add          int64 `json:"add"`
	Coalesce     int64 `json:"coalesce"`
	CoalesceAnew int64 `json:"coalesceAnew"`
	Take         int64 `json:"take"`
	Done         int64 `json:"done"`
	Steady       int64 `json:"steady"`
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<20)
	output := json.NewEncoder(os.Stdout)

	var with settings
	input.Scan()
	if err := json.Unmarshal(input.Bytes(), &with); err != nil {
		log.Fatalf("Expected the settings as JSON on the first line: %v", err)
	}
	names := make([]string, 0, with.Names)
	for len(names) < with.Names && input.Scan() {
		names = append(names, input.Text())
	}
	answer(output, about{Go: runtime.Version(), ClientGo: clientGoVersion()})
	for input.Scan() {
		answer(output, run(names, with))
	}
}

func run(names []string, with settings) round {
	anew := copies(names)
	items := make([]string, len(names))
	queue := workqueue.NewTyped[string]()
	runtime.GC()
	time.Sleep(20 * time.Millisecond)

	var took round
	addAll := func(all []string) {
		for _, name := range all {
			queue.Add(name)
		}
	}
	took.Add = timed(func() { addAll(names) })
	took.Coalesce = timed(func() { addAll(names) })
	took.CoalesceAnew = timed(func() { addAll(anew) })
	took.Take = timed(func() {
		for i := range items {
			items[i], _ = queue.Get()
		}
	})
	took.Done = timed(func() {
		for _, item := range items {
			queue.Done(item)
		}
	})
	if queue.Len() != 0 {
		log.Fatalf("Expected an empty queue after all phases, found %d names", queue.Len())
	}

	addAll(names[:with.Backlog])
	took.Steady = timed(func() {
		for i := range with.SteadyRuns {
			name := names[(with.Backlog+i)%len(names)]
			// One in four is wanted again while it runs, so one in four brings nothing new.
			if i%4 != 1 {
				queue.Add(name)
				queue.Add(name)
			}
			item, _ := queue.Get()
			if i%4 == 0 {
				queue.Add(item)
			}
			queue.Done(item)
		}
	})
	queue.ShutDown()
	return took
}

// copies makes equal strings that share no memory with those given.
func copies(names []string) []string {
	made := make([]string, len(names))
	for i, name := range names {
		made[i] = strings.Clone(name)
	}
	return made
}

func timed(phase func()) int64 {
	start := time.Now()
	phase()
	return time.Since(start).Nanoseconds()
}

func answer(output *json.Encoder, with any) {
	if err := output.Encode(with); err != nil {
		log.Fatal(err)
	}
}

func clientGoVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "k8s.io/client-go" {
				return module.Version
			}
		}
	}
	return "unknown"
}
