package demo

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// populate invents the people: an owner, a few admins, and members. The first
// of each role is one the visitor plays.
func (w *world) populate() []*person {
	var people []*person
	admins := max(3, min(8, w.o.Users/60))
	for i := range w.o.Users {
		var p *person
		switch {
		case i == 0:
			p = w.person(w.offices[0], sallyport.RoleOwner, "Annelies", "van den Boogaard", "annelies.van-den-boogaard")
		case i == admins+1:
			p = w.person(w.offices[2], sallyport.RoleMember, "Götz", "Weißenberger", "goetz.weissenberger")
		case i > admins+1 && i-admins-2 < len(odd):
			o := odd[i-admins-2]
			p = w.person(w.offices[o.site], sallyport.RoleMember, o.first, o.last, o.local)
		default:
			role, s := sallyport.RoleMember, w.anySite()
			if i <= admins {
				role, s = sallyport.RoleAdmin, w.offices[i%4]
			}
			first, last, local := s.names.draw(w)
			p = w.person(s, role, first, last, local)
			p.hired = i > w.o.Users*92/100
		}
		p.played = i == 0 || i == 1 || i == admins+1
		people = append(people, p)
	}
	w.arrive(people)
	return people
}

func (w *world) anySite() *site {
	total := 0
	for _, s := range w.offices {
		total += s.weight
	}
	n := w.rng.IntN(total)
	for _, s := range w.offices {
		if n -= s.weight; n < 0 {
			return s
		}
	}
	return w.offices[0]
}

func (w *world) person(s *site, role sallyport.Role, first, last, local string) *person {
	at := "@" + domain
	if role == sallyport.RoleMember && w.chance(0.06) {
		at = "@" + otherDomain
	}
	address := local + at
	for n := 2; w.seen[address]; n++ {
		address = local + strconv.Itoa(n) + at
	}
	w.seen[address] = true
	return &person{
		user:     sallyport.User{Email: address, FirstName: first, LastName: last, Role: role, Status: sallyport.UserActive},
		site:     s,
		machines: w.bag(),
		home:     w.address(choose(w, s.homes)),
		tidy:     w.chance(0.35),
		careful:  choose(w, []float64{0, 0.3, 0.85, 0.85, 0.95}),
		remote:   w.chance(0.3),
		trip:     w.journey(s),
	}
}

func (w *world) journey(home *site) trip {
	if !w.chance(0.09) {
		return trip{}
	}
	n := choose(w, abroad)
	if w.chance(0.4) { // to another site
		if other := choose(w, w.offices); other != home {
			n = other.office[0]
		}
	}
	from := home.midnight(w.part(w.rng.Float64()))
	return trip{from, from.Add(time.Duration(3+w.rng.IntN(4)) * day), n}
}

// arrive says when each account is made: admins on the first day, then one site
// after the other, and those who are hired later one by one.
func (w *world) arrive(people []*person) {
	for i, p := range people {
		switch {
		case p.hired:
			monday := p.site.midnight(w.part(w.rng.Float64() * 0.92))
			p.joins = monday.Add(w.between(8*time.Hour, 11*time.Hour))
		case p.user.Role != sallyport.RoleMember:
			p.joins = w.founded.Add(time.Duration(i) * 7 * time.Minute)
		default:
			n := slices.Index(w.offices, p.site)
			moving := p.site.midnight(w.founded.Add(time.Duration(1+n*5/len(w.offices)) * day)).Add(7 * time.Hour)
			p.joins = moving.Add(w.between(0, 2*time.Minute))
		}
		p.joins = p.joins.Truncate(time.Microsecond)
	}
}

// employ makes a person's account: from the command line while moving in, by an
// admin afterwards.
func (w *world) employ(p *person, at time.Time) {
	actor := sallyport.Operator(w.tenantID)
	if p.hired {
		actor = w.admin(at)
	}
	u := &p.user
	u.TenantID, u.CreatedAt, u.PasswordChangedAt = w.tenantID, at, at
	e := audit.New(actor, audit.UserCreated, at)
	e.Data = map[string]string{"role": string(u.Role)}
	u.ID = token.NewID()
	e.UserID = u.ID
	stored := *u
	w.did(at, func(ctx context.Context, tx *store.Tx) error { return tx.AddUser(ctx, stored) }, e)
	w.summary.Users++
}
