package recall

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport"
)

var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// made returns somebody's session, with every field that a check answers from.
func made(tenantID, userID, deviceID, id string) (token [32]byte, c sallyport.Checked) {
	c.Session = sallyport.Session{
		TenantID: tenantID, ID: id, UserID: userID, DeviceID: deviceID, Status: sallyport.SessionActive, Native: true,
		CreatedAt: start, ExpiresAt: start.Add(24 * time.Hour), LastActivityAt: start, AuthenticatedAt: start, MFAVerifiedAt: start.Add(time.Second),
		TokenEndsAt: start.Add(10 * time.Minute), IdleTimeout: time.Hour,
	}
	c.User = sallyport.User{
		TenantID: tenantID, ID: userID, Email: userID + "@corp.test", FirstName: "Mia", LastName: "Hart", Role: sallyport.RoleAdmin, Status: sallyport.UserActive,
		Language: "de", ChosenZone: "Europe/Berlin", Avatar: "a", OwnedBy: "o", Granted: "users.view",
	}
	c.Trust = sallyport.TrustHigh
	return sha256.Sum256([]byte(tenantID + id)), c
}

func trusted(bytes int64) *Memory {
	m := New(bytes, func() int64 { return 1 })
	m.Trust(Forever)
	return m
}

func keep(m *Memory, tenantID, userID, deviceID, id string) *[32]byte {
	token, c := made(tenantID, userID, deviceID, id)
	m.Keep(m.Generation(), token, &c)
	return &token
}

// What is remembered is what was read, also of an API key.
func TestChecked(t *testing.T) {
	m := trusted(1 << 20)
	token, want := made("t", "u", "d", "s")
	m.Keep(m.Generation(), token, &want)
	if diff := cmp.Diff(want, m.Get("t", &token).Checked()); diff != "" {
		t.Error(diff)
	}
	key := sallyport.Checked{
		Session: sallyport.Session{TenantID: "t", UserID: "u"}, User: want.User,
		Key: sallyport.APIKey{ID: "k", TenantID: "t", UserID: "u", Name: "Nightly", UsedAt: start, ExpiresAt: start.Add(time.Hour)},
	}
	m.Keep(m.Generation(), [32]byte{1}, &key)
	if diff := cmp.Diff(key, m.Get("t", &[32]byte{1}).Checked()); diff != "" {
		t.Error(diff)
	}
	if m.Get("other", &token) != nil {
		t.Error("a token opens another tenant")
	}
}

// Each fact drops what it is about, and nothing else.
func TestDrop(t *testing.T) {
	all := [][4]string{{"t", "u1", "d1", "s1"}, {"t", "u1", "d1", "s2"}, {"t", "u1", "d2", "s3"}, {"t", "u2", "", "s4"}, {"other", "u1", "d1", "s1"}}
	for _, c := range []struct {
		fact Fact
		left string
	}{
		{Fact{OfSession, "t", "s1"}, "[s2 s3 s4 s1]"},
		{Fact{OfDevice, "t", "d1"}, "[s3 s4 s1]"},
		{Fact{OfUser, "t", "u1"}, "[s4 s1]"},
		{Fact{OfTenant, "t", ""}, "[s1]"},
		{Fact{"of a newer node", "t", "x"}, "[s1]"},
		{Fact{OfUser, "t", "nobody"}, "[s1 s2 s3 s4 s1]"},
	} {
		m := trusted(1 << 20)
		var tokens []*[32]byte
		for _, v := range all {
			tokens = append(tokens, keep(m, v[0], v[1], v[2], v[3]))
		}
		m.Drop([]Fact{c.fact})
		left := []string{}
		for i, v := range all {
			if m.Get(v[0], tokens[i]) != nil {
				left = append(left, v[3])
			}
		}
		if got := fmt.Sprint(left); got != c.left || m.Len() != len(left) {
			t.Errorf("%v leaves %s, %d counted; want %s", c.fact, got, m.Len(), c.left)
		}
	}
}

// A watch hears what is about its tenant, after memory has forgotten it; of very much only that.
func TestWatch(t *testing.T) {
	m := trusted(1 << 20)
	w, other := m.Watch("t"), m.Watch("other")
	token := keep(m, "t", "u", "d", "s")
	m.Drop([]Fact{{OfSession, "t", "s"}, {OfUser, "third", "u"}, {OfSession, "t", "s"}})
	<-w.News()
	if got := w.Take(); m.Get("t", token) != nil || len(got) != 1 || got[0] != (Fact{OfSession, "t", "s"}) || len(other.Take()) > 0 {
		t.Errorf("heard %v", got)
	}
	for i := range 2 * heldFacts {
		m.Drop([]Fact{{OfSession, "t", fmt.Sprint(i)}})
	}
	if got := w.Take(); len(got) != 1 || got[0] != (Fact{OfTenant, "t", ""}) {
		t.Errorf("of very much: %d", len(got))
	}
	m.Clear()
	if got := other.Take(); len(got) != 1 || got[0] != (Fact{OfTenant, "other", ""}) {
		t.Errorf("everything is forgotten, and heard is %v", got)
	}
	w.Close()
	w.Take()
	if m.Drop([]Fact{{OfSession, "t", "s"}}); len(w.Take()) > 0 {
		t.Error("it hears after its end")
	}
}

// What was read before a drop is not kept after it.
func TestLateAnswers(t *testing.T) {
	m := trusted(1 << 20)
	token, c := made("t", "u", "d", "s")
	for name, forget := range map[string]func(){"a drop": func() { m.Drop([]Fact{{OfUser, "t", "somebody"}}) }, "a new beginning": m.Clear} {
		before := m.Generation()
		forget()
		if m.Keep(before, token, &c); m.Get("t", &token) != nil {
			t.Errorf("an answer from before %s is remembered", name)
		}
	}
}

// Memory answers while it is trusted: until a time of its clock, and not before anybody said so.
func TestTrust(t *testing.T) {
	var now int64
	m := New(1<<20, func() int64 { return now })
	token := keep(m, "t", "u", "d", "s")
	for _, c := range []struct {
		now, until int64
		want       bool
	}{{0, 0, false}, {9, 10, true}, {10, 10, false}, {11, 10, false}, {1 << 60, Forever, true}, {5, 0, false}} {
		now = c.now
		m.Trust(c.until)
		if got := m.Get("t", token) != nil; got != c.want {
			t.Errorf("at %d, trusted until %d: answered %t", c.now, c.until, got)
		}
	}
	var none *Memory
	if none.Trusted() || none.Generation() != 0 {
		t.Error("no memory is trusted")
	}
}

// A full memory takes newcomers in place of those who were not seen for a while, and nobody can push out
// those who are here with sessions of their own.
func TestRoom(t *testing.T) {
	m := trusted(10 * perSession)
	for i := range 20 {
		keep(m, "t", fmt.Sprint("u", i), "", fmt.Sprint("s", i))
	}
	if m.Len() != 10 {
		t.Fatalf("%d are remembered, not 10", m.Len())
	}
	token := keep(m, "t", "late", "", "late")
	if m.Get("t", token) != nil {
		t.Error("a newcomer pushed out somebody who is in use")
	}
	for range idleTicks {
		m.Tick()
	}
	if token = keep(m, "t", "late", "", "late"); m.Get("t", token) == nil || m.Len() != 10 {
		t.Errorf("no room for a newcomer after a quiet minute; %d are remembered", m.Len())
	}
	m = trusted(1 << 20)
	for i := range 2 * ofOneUser {
		keep(m, "t", "greedy", "", fmt.Sprint("s", i))
	}
	if m.Len() != ofOneUser {
		t.Errorf("%d sessions of one user are remembered", m.Len())
	}
	for range maxTicks + 1 {
		m.Tick()
	}
	if got, _ := made("t", "greedy", "", "s0"); m.Get("t", &got) != nil {
		t.Error("an answer is remembered for ever")
	}
}

// A session is good by the clock of the check, and ends by its last use.
func TestGood(t *testing.T) {
	m := trusted(1 << 20)
	token := keep(m, "t", "u", "d", "s")
	k := m.Get("t", token)
	for after, want := range map[time.Duration]bool{0: true, 9 * time.Minute: true, 10 * time.Minute: false, time.Hour: false} {
		if k.Good(start.Add(after)) != want {
			t.Errorf("after %v it is good: %t", after, !want)
		}
	}
	if k.Unused(start.Add(time.Minute)) != time.Minute || k.IdleTimeout() != time.Hour {
		t.Errorf("unused for %v of %v", k.Unused(start.Add(time.Minute)), k.IdleTimeout())
	}
	if k.Use(start.Add(time.Minute)); k.Unused(start.Add(90*time.Second)) != 30*time.Second {
		t.Error("a use is not noted")
	}
	if k.Use(start); k.Unused(start.Add(90*time.Second)) != 30*time.Second {
		t.Error("an older use takes the place of a newer one")
	}
	if active, ends := k.Used(start.Add(2 * time.Minute)); !active.Equal(start.Add(2*time.Minute)) || !ends.Equal(start.Add(62*time.Minute)) {
		t.Errorf("used at %v, ends at %v", active, ends)
	}
}

// With checks, drops and newcomers at the same time, whoever was dropped is never answered again, and
// the figures stay right.
func TestRaces(t *testing.T) {
	m := trusted(1000 * perSession)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			chance := rand.New(rand.NewPCG(1, uint64(worker)))
			for i := range 3000 {
				user, id := fmt.Sprint("u", worker, chance.IntN(20)), fmt.Sprint(worker, "-", i%500)
				token := keep(m, "t", user, "d"+user, id)
				switch chance.IntN(4) {
				case 0:
					m.Drop([]Fact{{OfUser, "t", user}})
				case 1:
					m.Drop([]Fact{{OfDevice, "t", "d" + user}})
				case 2:
					m.Drop([]Fact{{OfSession, "t", id}})
				default:
					continue
				}
				if m.Get("t", token) != nil {
					t.Error("somebody who was dropped is answered")
					return
				}
			}
		})
	}
	group.Wait()
	m.Drop([]Fact{{OfTenant, "t", ""}})
	linked := len(m.first[byID]) + len(m.first[byDevice]) + len(m.first[byUser])
	if m.Len() != 0 || linked != 0 {
		t.Errorf("%d are counted and %d linked after all were dropped", m.Len(), linked)
	}
}

// perSession is true, to a fifth.
func TestPerSession(t *testing.T) {
	const n = 20_000
	m := trusted(n * perSession)
	bytes := func() uint64 {
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return s.HeapAlloc
	}
	before := bytes()
	for i := range n {
		// Texts of their own, as those from a database are.
		keep(m, "0199b9a0-0000-7000-8000-000000000000"[:36], fmt.Sprintf("0199b9a0-0000-7000-8000-%012d", i), fmt.Sprintf("0199b9a1-0000-7000-8000-%012d", i), fmt.Sprintf("0199b9a2-0000-7000-8000-%012d", i))
	}
	each := (bytes() - before) / n
	runtime.KeepAlive(m)
	if each > perSession*6/5 || each < perSession/2 {
		t.Errorf("a session takes %d bytes, not about %d", each, perSession)
	}
}

// A check from memory allocates nothing.
func BenchmarkGet(b *testing.B) {
	m := trusted(1 << 20)
	token := keep(m, "t", "u", "d", "s")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if k := m.Get("t", token); k == nil || !k.Good(start) {
				b.Fatal("nobody is there")
			}
		}
	})
}

func TestGetAllocatesNothing(t *testing.T) {
	m := trusted(1 << 20)
	token := keep(m, "t", "u", "d", "s")
	if n := testing.AllocsPerRun(100, func() {
		if k := m.Get("t", token); k == nil || !k.Good(start) {
			t.Fatal("nobody is there")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
