package admin_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// heard is what a line says, piece by piece.
type heard struct {
	t      *testing.T
	status int
	pieces chan string // without their last empty line; closed when the line ends
	hangUp context.CancelFunc
}

// listen opens a line, which ends with the server at the latest. headers are names and values.
func listen(t *testing.T, s *apptest.Site, token string, query url.Values, headers ...string) heard {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+logAt+"/live?"+query.Encode(), nil)
	apptest.Must(t, err)
	r.Header.Set("Accept", "text/event-stream")
	r.Header.Set("Cookie", webtest.SessionCookie+"="+token)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	a, err := http.DefaultTransport.RoundTrip(r)
	apptest.Must(t, err)
	h := heard{t, a.StatusCode, make(chan string, 1000), cancel}
	go func() {
		defer close(h.pieces)
		defer a.Body.Close()
		var piece []string
		for lines := bufio.NewScanner(a.Body); lines.Scan(); {
			if lines.Text() != "" {
				piece = append(piece, lines.Text())
				continue
			}
			h.pieces <- strings.Join(piece, "\n")
			piece = nil
		}
	}()
	return h
}

// next is the id and the row of the next event that is told; "" and "end" at the end, and "" and ""
// where the line breaks.
func (h heard) next() (id, row string) {
	h.t.Helper()
	for {
		select {
		case piece, ok := <-h.pieces:
			switch {
			case !ok:
				return "", ""
			case strings.HasPrefix(piece, "event: end"):
				return "", "end"
			case strings.HasPrefix(piece, "id: "):
				id, _, _ = strings.Cut(strings.TrimPrefix(piece, "id: "), "\n")
				return id, piece
			}
		case <-time.After(15 * time.Second):
			h.t.Fatal("nothing is said")
		}
	}
}

// quiet fails when something is told within two looks.
func (h heard) quiet() {
	h.t.Helper()
	for until := time.After(2500 * time.Millisecond); ; {
		select {
		case piece := <-h.pieces:
			if !strings.HasPrefix(piece, "retry") {
				h.t.Errorf("it says %q", piece)
			}
		case <-until:
			return
		}
	}
}

// auditor signs in somebody who may read the log and nothing else.
func auditor(t *testing.T, s *apptest.Site) (token string, reads sallyport.Role, who sallyport.Session) {
	t.Helper()
	r, err := s.Server.Roles.Add(t.Context(), sallyport.Operator(s.TenantID(t)), role.Input{Name: "Auditor", Permissions: []string{"audit.view"}})
	apptest.Must(t, err)
	u := s.AddUser(t, "auditor@corp.test", sallyport.Role(r.ID))
	in := s.SignInAs(t, s.From(t, apptest.Client("203.0.113.7", apptest.FirefoxOnLinux)), u.Email)
	return in.SessionToken, sallyport.Role(r.ID), in.Session
}

func addGroup(t *testing.T, s *apptest.Site, name string) {
	t.Helper()
	_, err := s.Server.Groups.Add(t.Context(), sallyport.Operator(s.TenantID(t)), name, "")
	apptest.Must(t, err)
}

// Each event that passes the filters is told once, also when there are many at once, when the clock of
// another node is behind, and when the line breaks.
func TestWhatHappensIsToldOnce(t *testing.T) {
	s := webtest.ServeSite(t)
	token, _, _ := auditor(t, s)
	s.Clock.Advance(time.Minute) // what happened before is on the page already
	query := url.Values{"kind": {"group.created"}, "since": {s.Clock.Now().Format(time.RFC3339Nano)}}
	line := listen(t, s, token, query)
	if line.quiet(); line.status != http.StatusOK {
		t.Fatal(line.status)
	}
	addGroup(t, s, "Drivers")
	first, row := line.next()
	if !strings.Contains(row, "event: row\ndata: <tr ") || !strings.Contains(row, `id="row-`+first+`"`) || !strings.Contains(row, "“Drivers”") {
		t.Errorf("the row is %s", row)
	}
	now := s.Clock.Now()
	s.Clock.Set(now.Add(-8 * time.Second))
	addGroup(t, s, "Late")
	s.Clock.Set(now)
	if _, row := line.next(); !strings.Contains(row, "“Late”") {
		t.Errorf("after an event of a slow clock: %s", row)
	}
	line.hangUp()

	const many = 230
	for i := range many {
		addGroup(t, s, fmt.Sprintf("Group %d", i))
	}
	line = listen(t, s, token, query, "Last-Event-ID", first)
	told, latest := map[string]int{}, ""
	for len(told) < many+2 { // the two of before, which the page knows
		id, _ := line.next()
		if told[id]++; id == "" || told[id] > 1 {
			t.Fatalf("event %q is told %d times, after %d others", id, told[id], len(told))
		}
		latest = id
	}
	line.quiet()
	line.hangUp()
	s.Clock.Advance(time.Minute)
	addGroup(t, s, "Afterwards")
	line = listen(t, s, token, query, "Last-Event-ID", latest)
	for {
		if _, row := line.next(); strings.Contains(row, "“Afterwards”") {
			break
		}
	}
}

// The line ends with the session of its reader, and with their permission; and nobody can keep a
// session alive with it.
func TestTheLineEndsWithItsReader(t *testing.T) {
	s := webtest.ServeSite(t)
	token, reads, own := auditor(t, s)
	operator := sallyport.Operator(s.TenantID(t))
	s.Clock.Advance(5 * time.Minute)
	ended := func(what string, line heard) {
		t.Helper()
		if id, row := line.next(); row != "end" {
			t.Errorf("%s: it says %q %q", what, id, row)
		}
	}
	query := url.Values{"kind": {"group.created"}}
	line := listen(t, s, token, query)
	line.quiet()
	apptest.Must(t, s.Server.Sessions.Flush(t.Context()))
	found, err := s.Server.Sessions.Get(t.Context(), operator, own.ID)
	apptest.Must(t, err)
	if !found.LastActivityAt.Equal(own.LastActivityAt) {
		t.Errorf("it counts as activity of the session: %v after %v", found.LastActivityAt, own.LastActivityAt)
	}

	apptest.Must(t, s.Server.Sessions.Suspend(t.Context(), operator, own.ID))
	ended("suspended", line)
	if again := listen(t, s, token, query); again.status != http.StatusSeeOther {
		t.Errorf("whoever is suspended gets %d", again.status)
	}
	apptest.Must(t, s.Server.Sessions.Resume(t.Context(), operator, own.ID))

	line = listen(t, s, token, query)
	line.quiet()
	_, err = s.Server.Roles.Change(t.Context(), operator, string(reads), role.Input{Name: "Auditor", Permissions: []string{"users.view"}})
	apptest.Must(t, err)
	ended("without the permission", line)
	if again := listen(t, s, token, query); again.status != http.StatusForbidden {
		t.Errorf("whoever lacks the permission gets %d", again.status)
	}
	_, err = s.Server.Roles.Change(t.Context(), operator, string(reads), role.Input{Name: "Auditor", Permissions: []string{"audit.view"}})
	apptest.Must(t, err)

	line = listen(t, s, token, query)
	line.quiet()
	s.Clock.Advance(found.IdleTimeout)
	ended("expired", line)
}

// A session has three lines at most. All of them end when the server stops.
func TestLinesAreFew(t *testing.T) {
	s := webtest.ServeSite(t)
	token, _, _ := auditor(t, s)
	var lines []heard
	for range 3 {
		lines = append(lines, listen(t, s, token, nil))
	}
	if one := listen(t, s, token, nil); one.status != http.StatusTooManyRequests {
		t.Errorf("a fourth line gets %d", one.status)
	}
	lines[0].hangUp()
	for range 50 {
		if one := listen(t, s, token, nil); one.status == http.StatusOK {
			return // the site fails when lines that are open keep it from stopping
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("whoever closes a line cannot open another one")
}
