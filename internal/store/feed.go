package store

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/recall"
	"github.com/sallyport/sallyport/internal/token"
)

// What the session check answers is remembered, see package recall. A method that changes it says so
// by tell, in the same transaction; TestChangesAreTold finds one that does not. Before the change is
// acknowledged, this node has forgotten what is old, and so has every other one:
//
//	change, event, facts ─ commit ─ forget here ─ wait for the others ─ acknowledge
//
// On PostgreSQL the facts are rows for the other nodes, see lease.go. On SQLite there is one node;
// other programs on the same file tell it by a socket, see socket.go.

// facts are what a transaction has changed of what the session check answers.
type facts struct{ list []recall.Fact }

// manyFacts is from how many on a transaction tells of their tenants instead.
const manyFacts = 500

// tell keeps that the transaction changes what the session check answers of something.
func (q Queries) tell(of recall.Scope, tenantID string, ids ...string) {
	if q.facts == nil {
		return // a statement that is only looked at, in a test
	}
	for _, id := range ids {
		f := recall.Fact{Scope: of, TenantID: tenantID, ID: id}
		if len(q.facts.list) > 64 || !slices.Contains(q.facts.list, f) {
			q.facts.list = append(q.facts.list, f)
		}
	}
}

// tellTenant is tell for everybody of a tenant.
func (q Queries) tellTenant(tenantID string) { q.tell(recall.OfTenant, tenantID, "") }

// fewer returns what has to be told: of many facts only their tenants.
func (f *facts) fewer() []recall.Fact {
	if len(f.list) <= manyFacts {
		return f.list
	}
	var out []recall.Fact
	for _, v := range f.list {
		if v = (recall.Fact{Scope: recall.OfTenant, TenantID: v.TenantID}); !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// writeFacts leaves rows for the other nodes, and returns the number of the transaction.
func (tx *Tx) writeFacts(ctx context.Context) (xid int64, err error) {
	list := tx.facts.fewer()
	if tx.engine != Postgres || len(list) == 0 {
		return 0, nil
	}
	for part := range slices.Chunk(list, 100) {
		var values []string
		var args []any
		for _, f := range part {
			values = append(values, "("+placeholders(len(args)+1, 4)+", CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT))")
			args = append(args, f.TenantID, token.NewID(), string(f.Scope), f.ID)
		}
		xid, err = get(ctx, tx.Queries, func(scan func(...any) error) (n int64, err error) { return n, scan(&n) },
			"INSERT INTO session_feed (tenant_id, id, scope, subject, xid) VALUES "+strings.Join(values, ", ")+" RETURNING xid", args...)
		if err != nil {
			return 0, err
		}
	}
	return xid, nil
}

// snapshot says which transactions were over when it was taken (PostgreSQL's pg_snapshot, written
// xmin:xmax:xip,xip). The zero value has seen nothing.
type snapshot struct {
	xmin, xmax int64
	running    []int64
}

var errSnapshot = errors.New("a snapshot of PostgreSQL cannot be read")

func parseSnapshot(text string) (s snapshot, err error) {
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		return s, errSnapshot
	}
	number := func(text string) (n int64) {
		n, e := strconv.ParseInt(text, 10, 64)
		if e != nil {
			err = errSnapshot
		}
		return n
	}
	s.xmin, s.xmax = number(parts[0]), number(parts[1])
	if parts[2] != "" {
		for one := range strings.SplitSeq(parts[2], ",") {
			s.running = append(s.running, number(one))
		}
	}
	return s, err
}

// sees reports whether the transaction was over.
func (s snapshot) sees(xid int64) bool {
	return xid < s.xmin || xid < s.xmax && !slices.Contains(s.running, xid)
}

// applied acts on what a transaction that is committed has changed, and returns when no node answers
// as before.
func (s *Store) applied(ctx context.Context, tx *Tx) error {
	list := tx.facts.fewer()
	if len(list) == 0 {
		return nil
	}
	s.memory.Drop(list)
	if s.Engine == Postgres {
		s.acks.wait(tx.xid)
		return nil
	}
	if s.memory == nil {
		return tellServing(context.WithoutCancel(ctx), s.file.path, list) // the change is committed
	}
	return nil
}

// Recall returns who is remembered for a token, nil for nobody.
func (s *Store) Recall(tenantID string, tokenHash [32]byte) *recall.Known {
	if s.memory == nil || s.lost.err() != nil {
		return nil
	}
	return s.memory.Get(tenantID, &tokenHash)
}

// Forget makes the next check of somebody ask the database.
func (s *Store) Forget(k *recall.Known) { s.memory.Forget(k) }

// Hears reports whether this node has heard by now of every change that was acknowledged: it holds its lease, and
// the database answers. Whoever passes on what memory hears may say so only then.
func (s *Store) Hears() bool { return s.memory.Trusted() && s.lost.err() == nil && s.Available() }

// Settled is how long after this node has heard of a change no node answers as before any more: a lease and its
// margin, as whoever made the change waits at most.
const Settled = leaseTime + leaseMargin

// Memory returns what the session check remembers; nil when nothing is.
func (s *Store) Memory() *recall.Memory { return s.memory }

var errUnconfirmed = &sallyport.Error{Code: sallyport.CodeUnavailable, Detail: "database", Err: errors.New("it is done, but not every server has confirmed that it knows: ask again whether it holds")}
