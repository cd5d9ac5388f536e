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
	Verify auditVerifyCommand `cmd:"" help:"Recompute the log's hash tree and say what is wrong where."`
	Follow auditFollowCommand `cmd:"" help:"Take the events of an organisation elsewhere as they happen: to a file, to a syslog receiver."`
}

type auditVerifyCommand struct{ databaseFlags }

func (c auditVerifyCommand) Run(ctx context.Context) error {
	return c.withStore(ctx, func(db *store.Store) error {
		reports, err := audit.VerifyAll(ctx, db, audit.Known{}, progress("events"))
		if err != nil {
			return err
		}
		wrong := false
		for _, r := range reports {
			if len(r.Problems) == 0 {
				fmt.Printf("tenant %s: %d events, all as they were written. Root %s\n", r.TenantID, r.Size, r.Root)
				printNotes(r)
				continue
			}
			wrong = true
			fmt.Printf("tenant %s: %d events, the log is NOT as it was written:\n", r.TenantID, r.Size)
			for _, p := range r.Problems {
				fmt.Println("  -", p)
			}
		}
		if wrong {
			return errors.New("the audit log was changed in the database")
		}
		return nil
	})
}

// printNotes prints what a log that is right does not show whole.
func printNotes(r audit.Report) {
	if r.Waiting > 0 {
		fmt.Printf("  %d more events wait for their places and are not proven yet.\n", r.Waiting)
	}
	if r.Removed.Parts > 0 {
		fmt.Printf("  The personal parts of %d events are gone: retention removed those before %s, and the log says so.\n",
			r.Removed.Parts, r.Removed.Before.Format(time.RFC3339))
	}
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
