package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/store"
)

func (p *patient) setUp(ctx context.Context) Check {
	claimed, err := p.db.Claimed(ctx)
	switch {
	case err != nil:
		return fail("Look at the database's own log.", "Whether the installation has an owner cannot be read: %v.", err)
	case !claimed:
		return warn("Open the set-up link that serve prints, and create the owner.", "Nobody owns this installation yet.")
	}
	if demo, err := p.db.IsDemo(ctx); err == nil && demo {
		return warn("Give serve a database of its own: it refuses this one under an address that is not localhost.",
			"This is a database of the demo: the passwords of its accounts were printed.")
	}
	return good("The installation has an owner.")
}

// audit checks the newest event of each audit log, and that none waits for its place. Recomputing a whole log takes longer;
// "audit verify" does that.
func (p *patient) audit(ctx context.Context) Check {
	tenants, err := p.db.Tenants(ctx)
	if err != nil {
		return fail("Look at the database's own log.", "The organisations cannot be read: %v.", err)
	}
	var events int64
	var wrong []string
	for _, t := range tenants {
		size, problem := p.log(ctx, t)
		events += size
		if problem != "" {
			wrong = append(wrong, problem)
		}
	}
	if len(wrong) > 0 {
		return fail("Run audit verify, which says where. Keep the database as it is, and compare with a backup.", "%s.", strings.Join(wrong, "; "))
	}
	return good("The heads of the audit logs agree with their %d events; audit verify recomputes all of it.", events)
}

func (p *patient) log(ctx context.Context, t sallyport.Tenant) (size int64, problem string) {
	head, err := p.db.AuditHead(ctx, t.ID)
	if err != nil {
		return 0, fmt.Sprintf("The head of the audit log of %q cannot be read: %v", t.Name, err)
	}
	waiting, err := p.db.WaitingEvents(ctx, t.ID)
	if err == nil && waiting.Events > 0 && waiting.Oldest > time.Minute {
		return 0, fmt.Sprintf("In the audit log of %q %d events have no place yet, and the first has waited for %v", t.Name, waiting.Events, waiting.Oldest.Round(time.Second))
	}
	var last []store.PlacedEvent // and one more in case the log is longer than its head says
	if err == nil {
		last, err = p.db.PlacedEvents(ctx, t.ID, max(0, head.Size-1), 2)
	}
	switch {
	case err != nil:
		return 0, fmt.Sprintf("The audit log of %q cannot be read: %v", t.Name, err)
	case head.Size > 0 && len(last) == 0 || len(last) > 0 && (last[0].Position != max(0, head.Size-1) || last[0].Event == nil):
		return 0, fmt.Sprintf("The audit log of %q ends before event %d, which its head counts", t.Name, head.Size-1)
	case len(last) > 0 && last[len(last)-1].Position >= head.Size && p.settled(ctx, t, head.Size):
		return 0, fmt.Sprintf("The audit log of %q goes on after event %d, where its head ends", t.Name, head.Size-1)
	}
	if len(last) > 0 {
		p.newest = later(p.newest, last[0].Event.CreatedAt)
	}
	return head.Size, ""
}

// settled reports whether the log still has this size. If not, events were added during
// the check, and a difference is no error.
func (p *patient) settled(ctx context.Context, t sallyport.Tenant, size int64) bool {
	head, err := p.db.AuditHead(ctx, t.ID)
	return err == nil && head.Size == size
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// clockBehind compares our clock with the newest event: after a clock is set back, sessions
// live longer than they should.
func (p *patient) clockBehind(context.Context) Check {
	if ahead := p.newest.Sub(p.Now()); !p.newest.IsZero() && ahead > maxSkew {
		return fail("Correct this machine's clock, and let it follow a time server (NTP).",
			"The newest event of the audit log is from %v in the future: this clock was set back, or another node's is ahead.", ahead.Round(time.Second))
	}
	return good("No event of the audit log is from the future.")
}

// markedWithin is how long an expired session may wait for the job that marks it. The job
// runs twice a minute.
const markedWithin = 10 * time.Minute

func (p *patient) overdue(ctx context.Context) Check {
	const most = 1000
	lateAfter, err := p.db.OverdueSessions(ctx, p.Now().Add(-markedWithin), most)
	switch {
	case err != nil:
		return fail("Look at the database's own log.", "The sessions cannot be read: %v.", err)
	case len(lateAfter) == 0:
		return good("Every session whose time is over is marked as expired.")
	}
	n := "1 session"
	if len(lateAfter) > 1 {
		n = fmt.Sprintf("%d sessions", len(lateAfter))
	}
	if len(lateAfter) == most {
		n = fmt.Sprintf("%d sessions or more", most)
	}
	remedy := "Start the service, which marks them within a minute."
	if p.running {
		remedy = "Look for failed jobs in the service's log."
	}
	return warn(remedy, "Over for ten minutes and not marked as expired: %s. Nothing opens with them all the same.", n)
}

// size returns a number of bytes in the largest suitable unit.
func size(bytes uint64) string {
	const units = "KMGTPE"
	if bytes < 1<<10 {
		return fmt.Sprintf("%d bytes", bytes)
	}
	value, unit := float64(bytes)/1024, 0
	for value >= 1024 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	return fmt.Sprintf("%.1f %ciB", value, units[unit])
}
