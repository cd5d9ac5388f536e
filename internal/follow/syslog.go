package follow

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// Syslog sends entries to a receiver.
//
// Syslog has no acknowledgement. So a batch is sent on a connection of its own, whose sending half is
// then closed: a receiver that has read everything closes its half, and only then the position is
// kept. When anything else happens the batch is sent again, so a receiver gets an event twice when it
// had it and ended before it said so, and never less than once.
type Syslog struct {
	Address string
	TLS     *tls.Config // nil for none
	Once    bool        // whether a failure is final
	Warn    func(sentence string)

	state *state
	most  int // entries sent at once: fewer for a receiver that is slow
	pause time.Duration
	host  string
}

// How long things may take.
const (
	connectTime = 10 * time.Second
	sendTime    = time.Minute
	lastPause   = time.Minute
)

// More of these, which tests shorten.
var (
	confirmTime = 10 * time.Second // that the receiver has for what was sent, after its end
	firstPause  = time.Second
)

// Position returns what the file of the state says.
func (s *Syslog) Position(start int64) int64 {
	if s.state.some {
		return s.state.kept.Position
	}
	return start
}

// Take sends entries until the receiver has them all, or ctx ends.
func (s *Syslog) Take(ctx context.Context, entries []Entry) error {
	for len(entries) > 0 {
		n := min(s.most, len(entries))
		if err := s.send(ctx, entries[:n]); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err = fmt.Errorf("--to: the receiver %s did not take events from position %d on: %w", s.Address, entries[0].Position, err); s.Once {
				return err
			}
			s.most = max(1, n/2)
			if err := s.wait(ctx, err); err != nil {
				return err
			}
			continue
		}
		if err := s.state.keep(entries[n-1].Position + 1); err != nil {
			return err
		}
		entries, s.pause, s.most = entries[n:], 0, min(2*s.most, batch)
	}
	return nil
}

// wait says what went wrong and pauses, each time for longer.
func (s *Syslog) wait(ctx context.Context, err error) error {
	s.pause = min(max(2*s.pause, firstPause), lastPause)
	s.Warn(fmt.Sprintf("%v; trying again in %v", err, s.pause))
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(s.pause):
		return nil
	}
}

// halfCloser is a connection whose sending half can be closed.
type halfCloser interface {
	net.Conn
	CloseWrite() error
}

// send sends entries on one connection, and returns nil when the receiver has read them all.
func (s *Syslog) send(ctx context.Context, entries []Entry) error {
	raw, conn, err := s.dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // what was not read is sent again
	defer context.AfterFunc(ctx, func() { _ = raw.Close() })()
	var text []byte
	for _, e := range entries {
		text = append(text, framed(e, s.host)...)
	}
	ended := make(chan error, 1)
	go func() { ended <- untilEnd(conn, raw) }()
	_ = conn.SetDeadline(time.Now().Add(sendTime)) // writing fails where this does
	if _, err := conn.Write(text); err != nil {
		return err
	}
	select {
	case err := <-ended: // before it can have read the end
		return errors.Join(errEarly, err)
	default:
	}
	if err := conn.CloseWrite(); err != nil {
		return err
	}
	_ = conn.SetReadDeadline(time.Now().Add(confirmTime))
	if err := <-ended; err != nil {
		return confirmError(err)
	}
	if unread(raw) {
		return errEarly
	}
	return nil
}

// untilEnd reads to the end of a connection. That of TLS says nothing yet: a receiver that is stopped
// while something is unread says goodbye too, and then its system resets the connection below.
func untilEnd(conn, raw net.Conn) error {
	_, err := io.Copy(io.Discard, conn)
	if err == nil && conn != raw {
		_, err = io.Copy(io.Discard, raw)
	}
	return err
}

var errEarly = errors.New("it ended the connection before it had read everything")

func confirmError(err error) error {
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return fmt.Errorf("it did not end the connection in %v after it was sent everything", confirmTime)
	}
	return err
}

// dial connects. raw is the connection below that of TLS.
func (s *Syslog) dial(ctx context.Context) (raw *net.TCPConn, conn halfCloser, err error) {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	c, err := new(net.Dialer).DialContext(ctx, "tcp", s.Address)
	if err != nil {
		return nil, nil, err
	}
	raw, ok := c.(*net.TCPConn)
	if !ok {
		return nil, nil, errors.Join(errors.New("it is not reached by TCP"), c.Close())
	}
	if s.TLS == nil {
		return raw, raw, nil
	}
	secured := tls.Client(raw, s.TLS)
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, nil, errors.Join(err, raw.Close())
	}
	return raw, secured, nil
}

// Close lets other followers have the state.
func (s *Syslog) Close() error { return s.state.lock.Close() }
