package store

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport/internal/recall"
)

// DefaultMemory is how many bytes a node remembers of session checks.
const DefaultMemory = 256 << 20

// ErrServed is the error of a second node on one SQLite file.
var ErrServed = errors.New("another server works on this database: SQLite has one, PostgreSQL several")

// Remember lets this program answer session checks from memory, with about so many bytes. It needs the
// schema. ErrServed when another program does so on the same SQLite file.
func (s *Store) Remember(ctx context.Context, bytes int64) error {
	if s.Engine == Postgres && bootTime() == 0 {
		s.breaker.log.Warn("this system has no clock that goes on while the machine sleeps: session checks ask the database each time")
		return nil
	}
	s.memory = recall.New(bytes, bootTime)
	if s.Engine == Postgres {
		return s.startLease(ctx)
	}
	return s.startServing(ctx)
}

// served is what keeps the memory of the one node on a SQLite file true to what others write.
type served struct {
	store   *Store
	release func()
	socket  *socket
	version int64
	stop    context.CancelFunc
	ended   chan struct{}
}

// lookForOthers is how often the file is looked at for what others wrote without telling.
const lookForOthers = 100 * time.Millisecond

func (s *Store) startServing(ctx context.Context) error {
	v := &served{store: s, ended: make(chan struct{})}
	release, err := lockFile(ctx, s.file.path+".serve", true, time.Second)
	if busy(err) {
		err = ErrServed
	}
	if err != nil {
		s.memory = nil
		return err
	}
	v.release = release
	if v.socket, err = listenForFacts(s.file.path, s.memory); err != nil {
		s.breaker.log.Warn("commands could not tell this server what they change: session checks ask the database each time", "error", err)
		s.memory = nil
		release()
		return nil
	}
	if v.version, err = v.written(ctx); err != nil {
		s.memory = nil
		release()
		return errors.Join(err, v.socket.close())
	}
	s.memory.Trust(recall.Forever)
	ctx, v.stop = context.WithCancel(context.Background())
	go v.run(ctx)
	s.served = v
	return nil
}

func (v *served) close() error {
	v.store.memory.Trust(0)
	v.stop()
	<-v.ended
	err := v.socket.close()
	v.release()
	return err
}

func (v *served) run(ctx context.Context) {
	defer close(v.ended)
	look, second := time.NewTicker(lookForOthers), time.NewTicker(time.Second)
	defer look.Stop()
	defer second.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-second.C:
			v.store.memory.Tick()
		case <-look.C:
			v.look(ctx)
		}
	}
}

// look forgets everything after somebody else has written: it may have been by hand.
func (v *served) look(ctx context.Context) {
	now, err := v.written(ctx)
	if err != nil && ctx.Err() == nil || now != v.version {
		v.store.memory.Clear()
	}
	v.version = now
}

// written differs after anybody but this program's writer has committed. It is asked on the writer's
// connection, whose own commits it does not count.
func (v *served) written(ctx context.Context) (n int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, v.store.timeout)
	defer cancel()
	err = v.store.write.QueryRowContext(ctx, "PRAGMA data_version").Scan(&n)
	return n, err
}

// forgetting ends what Remember began.
func (s *Store) forgetting() error {
	if s.lease != nil {
		s.lease.close()
	}
	if s.served != nil {
		return s.served.close()
	}
	return nil
}

// newAcks returns what waits for the other nodes.
func (s *Store) newAcks() *acks {
	return &acks{db: s.control, self: func() string {
		if s.lease == nil {
			return ""
		}
		return s.lease.id
	}}
}
