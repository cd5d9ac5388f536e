package server

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Deadlines that cost nothing while they are kept. net/http moves the deadlines of a connection about six
// times for each request, and each move is a timer of the runtime: a tenth of the work of a session check.
// Here a move stores a number; once a second one goroutine looks whose time is over. So a deadline ends
// up to a second late.

// lookAtDeadlines is how often that is.
const lookAtDeadlines = time.Second

// timed is a listener whose connections have such deadlines.
type timed struct {
	net.Listener
	mu    sync.Mutex
	conns map[*timedConn]struct{}
	stop  chan struct{}
	once  sync.Once
}

func withDeadlines(l net.Listener) *timed {
	t := &timed{Listener: l, conns: map[*timedConn]struct{}{}, stop: make(chan struct{})}
	go t.run()
	return t
}

func (t *timed) Accept() (net.Conn, error) {
	c, err := t.Listener.Accept()
	if err != nil {
		return nil, err
	}
	v := &timedConn{Conn: c, of: t}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.conns[v] = struct{}{}
	return v, nil
}

// Close ends listening. The connections stay, and so do their deadlines, until the last of them is
// closed.
func (t *timed) Close() error {
	t.once.Do(func() { close(t.stop) })
	return t.Listener.Close()
}

func (t *timed) run() {
	ticker := time.NewTicker(lookAtDeadlines)
	defer ticker.Stop()
	stop := t.stop
	for {
		select {
		case <-stop:
			stop = nil
		case <-ticker.C:
		}
		if t.look(time.Now().UnixNano()) == 0 && stop == nil {
			return
		}
	}
}

// look ends what waits on connections whose time is over, and returns how many connections there are.
func (t *timed) look(now int64) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	for c := range t.conns {
		c.read.look(now, c.Conn.SetReadDeadline)
		c.write.look(now, c.Conn.SetWriteDeadline)
	}
	return len(t.conns)
}

// timedConn is one connection.
type timedConn struct {
	net.Conn
	of          *timed
	read, write deadline
}

func (c *timedConn) Close() error {
	c.of.mu.Lock()
	delete(c.of.conns, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

func (c *timedConn) SetReadDeadline(at time.Time) error {
	return c.read.set(at, c.Conn.SetReadDeadline)
}

func (c *timedConn) SetWriteDeadline(at time.Time) error {
	return c.write.set(at, c.Conn.SetWriteDeadline)
}

func (c *timedConn) SetDeadline(at time.Time) error {
	if err := c.SetReadDeadline(at); err != nil {
		return err
	}
	return c.SetWriteDeadline(at)
}

// deadline is one of the two of a connection.
type deadline struct {
	at    atomic.Int64 // nanoseconds since 1970, 0 for none
	ended atomic.Bool  // the connection was told
	mu    sync.Mutex   // of telling it
}

// set moves it. One that is over already, as those are that interrupt somebody, ends at once.
func (d *deadline) set(at time.Time, tell func(time.Time) error) error {
	nanos := int64(0)
	if !at.IsZero() {
		nanos = at.UnixNano()
	}
	d.at.Store(nanos)
	if !d.ended.Load() && (nanos == 0 || time.Until(at) > 0) {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	over := nanos != 0 && time.Until(at) <= 0
	d.ended.Store(over)
	if over {
		return tell(at)
	}
	return tell(time.Time{})
}

func (d *deadline) look(now int64, tell func(time.Time) error) {
	if at := d.at.Load(); at == 0 || at > now || d.ended.Load() {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	at := d.at.Load()
	if at == 0 || at > now || d.ended.Load() {
		return
	}
	d.ended.Store(true)
	_ = tell(time.Unix(0, at)) // it may be closed
}

// CloseWrite lets net/http end an answer before the connection, so that a client that still sends can
// read it.
func (c *timedConn) CloseWrite() error {
	if v, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return v.CloseWrite()
	}
	return nil
}
