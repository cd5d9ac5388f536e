package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/follow"
	"github.com/sallyport/sallyport/internal/store"
)

type auditFollowCommand struct {
	tenantFlags
	From  string `default:"0" placeholder:"POSITION" help:"Where to begin: a position in the log, or end for new events only. A file or a state that has something goes on after it instead."`
	Once  bool   `help:"End at the present end of the log, and at the first failure."`
	To    string `default:"-" placeholder:"TARGET" help:"- for standard output; file:PATH, which is appended to; syslog://host:port or syslog+tls://host:port (RFC 5424)."`
	State string `type:"path" placeholder:"FILE" help:"File that remembers how far a syslog receiver got. Needed for those."`
	CA    string `name:"ca" type:"path" placeholder:"FILE" help:"Root certificates to trust for syslog+tls, PEM, instead of the system's."`
}

// Help is shown with the flags.
func (auditFollowCommand) Help() string {
	return "Each event is a line of JSON with its position, the exact text of its leaf and that of its personal part, in the order of the log, " +
		"until the command is interrupted.\n\n" +
		"A file has each event once, also after a crash. Syslog has no acknowledgement: events are sent in batches, and a batch counts when the receiver " +
		"has read it and ends the connection. Until then it is sent again, so no event is left out; one comes twice only when the receiver had it and ended " +
		"before it confirmed, with the same position and id."
}

// Run follows the log until it is interrupted.
func (c auditFollowCommand) Run(ctx context.Context) error {
	from, err := c.from()
	settings := follow.Settings{To: c.To, State: c.State, CA: c.CA, Once: c.Once, Warn: warn}
	if err := errors.Join(err, settings.Check()); err != nil {
		return err
	}
	return c.withTenant(ctx, func(db *store.Store, tenant sallyport.Tenant, _ sallyport.Actor) (err error) {
		settings.TenantID = tenant.ID
		if from < 0 {
			head, err := db.AuditHead(ctx, tenant.ID)
			if err != nil {
				return err
			}
			from = head.Size
		}
		target, err := settings.Open(os.Stdout)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, target.Close()) }()
		f := follow.Follower{DB: db, TenantID: tenant.ID, Target: target, From: from, Once: c.Once, Every: time.Second, Warn: warn}
		if say := progress("events"); say != nil {
			f.Progress = func(done, size int64) { say(tenant, done, size) }
		}
		return f.Run(ctx)
	})
}

// from returns the position to begin at, -1 for the end.
func (c auditFollowCommand) from() (int64, error) {
	if c.From == "end" {
		return -1, nil
	}
	n, err := strconv.ParseInt(c.From, 10, 64)
	if err != nil || n < 0 {
		return 0, errors.New("--from must be a position from 0 on, or end")
	}
	return n, nil
}

func warn(sentence string) { fmt.Fprintln(os.Stderr, "sallyport:", sentence) }
