package fault

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/mail"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/store"
)

// gate is the way to a gateway: it takes connections and says nothing, until it is open.
type gate struct {
	mu     sync.Mutex
	behind string
	open   bool
	held   []net.Conn
	taken  int // while it was not open
	at     string
}

// newGate returns a gate before the address behind.
func newGate(t *testing.T, behind string) *gate {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	apptest.Must(t, err)
	t.Cleanup(func() { l.Close() })
	g := &gate{behind: behind, at: l.Addr().String()}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			g.take(c)
		}
	}()
	return g
}

func (g *gate) take(c net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.open {
		g.held = append(g.held, c)
		g.taken++
		return
	}
	there, err := net.Dial("tcp", g.behind)
	if err != nil {
		c.Close()
		return
	}
	pipe := func(to, from net.Conn) {
		io.Copy(to, from)
		to.Close()
		from.Close()
	}
	go pipe(there, c)
	go pipe(c, there)
}

// set opens or closes it, and ends what it holds.
func (g *gate) set(open bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = open
	for _, c := range g.held {
		c.Close()
	}
	g.held = nil
}

func (g *gate) heldSoFar() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.taken
}

// got is what came through a gate: how often each message did.
type got struct {
	mu    sync.Mutex
	times map[string]int
}

func (g *got) note(id string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.times[id]++
}

// total returns how many messages came, and how many of them more than once.
func (g *got) total() (n, repeated int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, times := range g.times {
		if n++; times > 1 {
			repeated++
		}
	}
	return n, repeated
}

// gateways are those of a node, with what they were given.
type gateways struct {
	mail, text   *gate
	mails, texts *got
	before       map[string]int // how many were sent elsewhere, while accounts were made
}

func (g *gateways) set(open bool) {
	g.mail.set(open)
	g.text.set(open)
}

// reachable is a database with gateways for its node, which nobody reaches yet.
func reachable(t *testing.T, engine store.Engine) *ground {
	g := plain(t, engine)
	ways := &gateways{mails: &got{times: map[string]int{}}, texts: &got{times: map[string]int{}}}
	ways.mail, ways.text = newGate(t, mailServer(t, ways.mails)), newGate(t, textServer(t, ways.texts))
	g.gateways = ways
	g.with = func(s *settings) {
		s.SMTP = "smtp://" + ways.mail.at + "?tls=none"
		s.SMS = "webhook+http://whsec_c2VjcmV0LW9mLXRoaXJ0eS10d28tYnl0ZXMtbG9uZyE=@" + ways.text.at + "/send?private=yes"
	}
	return g
}

// mailServer notes the id of each mail that it takes.
func mailServer(t *testing.T, mails *got) string {
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return mailSession{mails}, nil }))
	server.Domain, server.ErrorLog = "sink.example", log.New(io.Discard, "", 0)
	server.EnableSMTPUTF8 = true
	l, err := net.Listen("tcp", "127.0.0.1:0")
	apptest.Must(t, err)
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return l.Addr().String()
}

type mailSession struct{ mails *got }

func (mailSession) Reset()                               {}
func (mailSession) Logout() error                        { return nil }
func (mailSession) Mail(string, *smtp.MailOptions) error { return nil }
func (mailSession) Rcpt(string, *smtp.RcptOptions) error { return nil }

func (s mailSession) Data(r io.Reader) error {
	text, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	s.mails.note(text.Header.Get("Message-Id"))
	_, err = io.Copy(io.Discard, text.Body)
	return err
}

// textServer notes the id of each text message that it takes.
func textServer(t *testing.T, texts *got) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	apptest.Must(t, err)
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { texts.note(r.Header.Get("Webhook-Id")) })}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return l.Addr().String()
}

// hangGateways lets the storm go on while mails and text messages reach nobody, and then lets them come.
func hangGateways(t *testing.T, r *round) {
	ways := r.g.gateways
	if ways.before == nil {
		ways.before = tally(t, dbtest.Raw(t, r.g.dsn), sent)
	}
	ways.set(false)
	phone := r.texting
	t0 := time.Now()
	for ways.mail.heldSoFar() == 0 || ways.text.heldSoFar() == 0 {
		if time.Since(t0) > 30*time.Second {
			t.Fatalf("a gateway is not asked: %d mails, %d text messages", ways.mail.heldSoFar(), ways.text.heldSoFar())
		}
		r.texted(t, phone)
		time.Sleep(100 * time.Millisecond)
	}
	for range 20 {
		_, got := r.site.signIn("10.0.0.3", "nobody@corp.test", apptest.Password, "")
		r.slow = max(r.slow, time.Since(got.began))
	}
	if r.slow > usual {
		t.Errorf("while the gateways say nothing, a sign-in takes %v", r.slow)
	}
	r.wait(t, 60)
	ways.set(true)
	r.end()
	r.delivered(t)
}

// sent counts what was delivered.
const sent = "SELECT channel, COUNT(*) FROM outbox WHERE state = 'sent' GROUP BY channel"

// usual is how long a sign-in may take at most, whatever the gateways do; usual are some milliseconds.
const usual = 2 * time.Second

// texted asks for a code, which is answered at once.
func (r *round) texted(t *testing.T, x *account) {
	began := time.Now()
	first, _ := r.site.signIn(x.ip, x.email, apptest.Password, "000000")
	got := r.site.call(request{method: http.MethodPost, path: "/api/v1/sign-in/" + first.FlowID + "/factor/send", ip: x.ip, flow: first.FlowToken, body: map[string]string{"methodType": "sms"}})
	if took := time.Since(began); took > usual {
		t.Errorf("while the gateways say nothing, a code is asked for in %v: %d %s", took, got.status, got.body)
	}
}

// delivered waits until nothing waits any more, and holds what came against what was sent.
func (r *round) delivered(t *testing.T) {
	ways := r.g.gateways
	t.Run("delivered", func(t *testing.T) {
		db := dbtest.Raw(t, r.g.dsn)
		late := time.Now().Add(time.Minute)
		ahead := time.Duration(0)
		for {
			waiting := tally(t, db, "SELECT channel, COUNT(*) FROM outbox WHERE state = 'pending' GROUP BY channel")
			if waiting["email"]+waiting["sms"] == 0 {
				break
			}
			if time.Now().After(late) {
				t.Fatalf("a minute after the gateways work again these wait: %v\n%s", waiting, r.nodes[0].log)
			}
			// A failure waits for half a minute, and news that come again and again for ten; codes are worth nothing then.
			if ahead = time.Minute; waiting["sms"] == 0 {
				ahead = 25 * time.Minute
			}
			r.nodes[0].clock(ahead)
			time.Sleep(200 * time.Millisecond)
		}
		r.nodes[0].clock(0)
		now := tally(t, db, sent)
		for channel, came := range map[string]*got{"email": ways.mails, "sms": ways.texts} {
			n, repeated := came.total()
			if n != now[channel]-ways.before[channel] || n == 0 || repeated > 0 {
				t.Errorf("%s: %d were sent, %d came, %d of them more than once", channel, now[channel]-ways.before[channel], n, repeated)
			}
		}
	})
}
