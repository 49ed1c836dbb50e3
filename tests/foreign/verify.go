// Checks the registry's proofs with Go's checksum-database packages, which share no line with the registry.
// Reads {"verifier": …, "checks": […]} on standard input, writes one line a check: "holds" or "refused: why".
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type check struct {
	Leaf  string   `json:"leaf"`
	Index int64    `json:"index"`
	Old   string   `json:"old"`
	New   string   `json:"new"`
	Path  []string `json:"path"`
}

type head struct {
	size int64
	root tlog.Hash
}

func open(text string, known note.Verifiers) (head, error) {
	opened, err := note.Open([]byte(text), known)
	if err != nil {
		return head{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 {
		return head{}, fmt.Errorf("no tree head")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return head{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return head{size, root}, err
}

func run(asked check, known note.Verifiers) error {
	path := make([]tlog.Hash, len(asked.Path))
	for place, text := range asked.Path {
		hash, err := tlog.ParseHash(text)
		if err != nil {
			return err
		}
		path[place] = hash
	}
	latest, err := open(asked.New, known)
	if err != nil {
		return err
	}
	if asked.Old == "" {
		leaf, err := base64.StdEncoding.DecodeString(asked.Leaf)
		if err != nil {
			return err
		}
		return tlog.CheckRecord(path, latest.size, latest.root, asked.Index, tlog.RecordHash(leaf))
	}
	before, err := open(asked.Old, known)
	if err != nil {
		return err
	}
	return tlog.CheckTree(path, latest.size, latest.root, before.size, before.root)
}

func main() {
	var input struct {
		Verifier string  `json:"verifier"`
		Checks   []check `json:"checks"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	verifier, err := note.NewVerifier(input.Verifier)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	known := note.VerifierList(verifier)
	for _, asked := range input.Checks {
		if err := run(asked, known); err != nil {
			fmt.Println("refused:", strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println("holds")
		}
	}
}
