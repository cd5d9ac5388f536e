package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/proof"
	"github.com/sallyport/sallyport/internal/store"
)

type auditVerifyCommand struct {
	databaseFlags
	File  string   `arg:"" optional:"" type:"path" help:"An export, a proof of an event, a proof that the log goes on, or a checkpoint. Without one the database is verified."`
	Key   []string `name:"key" placeholder:"KEY" help:"Public key of the log, as audit key prints it, or a file that has it. Repeat for several. For a file it is needed; without it the database is verified with the keys that it names itself."`
	Older []string `name:"older" type:"existingfile" placeholder:"FILE" help:"A checkpoint that was kept elsewhere: the log must go on after it. Repeat for several."`
}

func (c auditVerifyCommand) Run(ctx context.Context) error {
	known, err := c.known()
	if err != nil {
		return err
	}
	if c.File != "" {
		if len(known.Keys) == 0 {
			return errors.New("--key is needed to verify a file: sallyport audit key prints it, and it is on the page Settings, Audit log")
		}
		return c.verifyFile(known)
	}
	return c.withStore(ctx, func(db *store.Store) error {
		reports, err := audit.VerifyAll(ctx, db, known, progress("events"))
		if err != nil {
			return err
		}
		wrong := false
		for _, r := range reports {
			wrong = printReport(r, "tenant "+r.TenantID) || wrong
		}
		if wrong {
			return errors.New("the audit log was changed in the database")
		}
		return nil
	})
}

// known returns what the flags say besides the database or the file.
func (c auditVerifyCommand) known() (audit.Known, error) {
	var k audit.Known
	for _, text := range c.Key {
		if read, err := os.ReadFile(text); err == nil {
			text = string(read)
		}
		for line := range strings.Lines(text) {
			if strings.TrimSpace(line) == "" {
				continue
			}
			v, err := proof.Verifier(line)
			if err != nil {
				return k, fmt.Errorf("--key: %w", err)
			}
			k.Keys = append(k.Keys, v)
		}
	}
	for _, name := range c.Older {
		text, err := os.ReadFile(name)
		if err != nil {
			return k, fmt.Errorf("--older: %w", err)
		}
		k.Older = append(k.Older, noteIn(string(text)))
	}
	return k, nil
}

// noteIn returns the note in a text: as it was stored, as somebody copied it, or in the answer of the
// API.
func noteIn(text string) string {
	var answer struct{ Checkpoint string }
	if strings.HasPrefix(text, "{") && json.Unmarshal([]byte(text), &answer) == nil {
		return answer.Checkpoint
	}
	return strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n ") + "\n"
}

// verifyFile verifies what somebody was given, with the public keys alone.
func (c auditVerifyCommand) verifyFile(known audit.Known) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	var start [2]byte
	if _, err := io.ReadFull(f, start[:]); err != nil {
		return fmt.Errorf("%s is empty", c.File)
	}
	if string(start[:]) == "PK" {
		return c.verifyExport(f, known)
	}
	const longest = 8 << 20
	rest, err := io.ReadAll(io.LimitReader(f, longest))
	if err != nil {
		return err
	}
	text := append(start[:], rest...)
	var r audit.Report
	switch {
	case text[0] != '{' || bytes.Contains(text, []byte(`"checkpoint"`)) && !bytes.Contains(text, []byte(`"hashes"`)):
		r, err = audit.VerifyCheckpoint(noteIn(string(text)), known)
	case bytes.Contains(text, []byte(`"hashes"`)) && !bytes.Contains(text, []byte(`"leaf"`)):
		r, err = audit.VerifyExtension(text, known)
	default:
		var e sallyport.Event
		if r, e, err = audit.VerifyProof(text, known); err == nil && len(r.Problems) == 0 {
			fmt.Printf("%s: %s at %s is event %d\n", e.ID, e.Kind, e.CreatedAt.Format("2006-01-02 15:04:05 MST"), e.Seq+1)
		}
	}
	return c.told(r, err)
}

func (c auditVerifyCommand) verifyExport(f *os.File, known audit.Known) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	var tell func(done, size int64)
	if show := progress("events"); show != nil {
		tell = func(done, size int64) { show(sallyport.Tenant{}, done, size) }
	}
	r, err := audit.VerifyBundle(f, info.Size(), known, tell)
	return c.told(r, err)
}

// told prints what was found in a file.
func (c auditVerifyCommand) told(r audit.Report, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	if printReport(r, c.File) {
		return errors.New("the file does not prove what it says")
	}
	return nil
}

// printReport prints a report, and returns whether something is wrong.
func printReport(r audit.Report, of string) (wrong bool) {
	switch {
	case len(r.Problems) > 0:
		fmt.Printf("%s: NOT as it was written:\n", of)
		for _, p := range r.Problems {
			fmt.Println("  -", p)
		}
		return true
	case r.Exported > 0:
		fmt.Printf("%s: %d events of the log of tenant %s, as they were written among its first %d. Root %s\n", of, r.Exported, r.TenantID, r.Size, r.Root)
	default:
		fmt.Printf("%s: %d events, all as they were written. Root %s\n", of, r.Size, r.Root)
	}
	printNotes(r)
	return false
}
