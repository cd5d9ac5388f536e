package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/store"
)

type auditCommands struct {
	Verify auditVerifyCommand `cmd:"" help:"Recompute the log's hash tree and say what is wrong where; or verify an export, a proof or a checkpoint with the public key alone."`
	Key    auditKeyCommand    `cmd:"" help:"Print the public keys that sign checkpoints of the audit log, the oldest first."`
	Prove  auditProveCommand  `cmd:"" help:"Print an event with what proves it, for audit verify FILE."`
	Follow auditFollowCommand `cmd:"" help:"Take the events of an organisation elsewhere as they happen: to a file, to a syslog receiver."`
}

type auditKeyCommand struct{ tenantFlags }

func (c auditKeyCommand) Run(ctx context.Context) error {
	return c.withTenant(ctx, func(db *store.Store, t sallyport.Tenant, _ sallyport.Actor) error {
		keys, err := audit.KeysOf(ctx, db.Queries, t.ID)
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			return errors.New("nothing was signed yet: serve makes the key and signs the first checkpoint")
		}
		for _, k := range keys {
			fmt.Println(k.Verifier)
		}
		return nil
	})
}

type auditProveCommand struct {
	tenantFlags
	Event string `arg:"" help:"Id of the event."`
}

func (c auditProveCommand) Run(ctx context.Context) error {
	return c.withTenant(ctx, func(db *store.Store, t sallyport.Tenant, _ sallyport.Actor) error {
		p, err := audit.ProofOf(ctx, db.Queries, t.ID, c.Event)
		if errors.Is(err, sallyport.ErrNotFound) {
			return fmt.Errorf("there is no event with the id %q that a checkpoint covers", c.Event)
		}
		if err != nil {
			return err
		}
		text, err := p.Text()
		if err != nil {
			return err
		}
		_, err = os.Stdout.Write(text)
		return err
	})
}

// progress prints the progress of a long read, on a terminal only.
func progress(what string) func(sallyport.Tenant, int64, int64) {
	if !isTerminal(os.Stderr) {
		return nil
	}
	return func(_ sallyport.Tenant, done, size int64) {
		fmt.Fprintf(os.Stderr, "\r%d of %d %s", done, size, what)
		if done == size {
			fmt.Fprint(os.Stderr, "\r\033[K")
		}
	}
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// printNotes prints what a log that is right does not show whole.
func printNotes(r audit.Report) {
	if r.Waiting > 0 {
		fmt.Printf("  %d more events wait for their places and are not proven yet.\n", r.Waiting)
	}
	if r.Exported == 0 && r.Signed < r.Size {
		fmt.Printf("  The last signed checkpoint covers %d of them.\n", r.Signed)
	}
	switch {
	case r.Removed.Parts > 0 && r.Removed.People > 0 && r.Removed.Runs > 0:
		fmt.Printf("  The personal parts of %d events are gone: retention removed those before %s, and %d accounts were deleted with theirs. The log says so.\n",
			r.Removed.Parts, r.Removed.Before.Format(time.RFC3339), r.Removed.People)
	case r.Removed.Parts > 0 && r.Removed.People > 0:
		fmt.Printf("  The personal parts of %d events are gone with %d deleted accounts, and the log says so.\n", r.Removed.Parts, r.Removed.People)
	case r.Removed.Parts > 0 && r.Removed.Runs > 0:
		fmt.Printf("  The personal parts of %d events are gone: retention removed those before %s, and the log says so.\n",
			r.Removed.Parts, r.Removed.Before.Format(time.RFC3339))
	case r.Removed.Parts > 0:
		fmt.Printf("  The personal parts of %d events are gone; whether the log says so is not in this file.\n", r.Removed.Parts)
	}
}
