package demo

import (
	"slices"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
)

// department is a part of the organisation, and how its people live.
type department struct {
	name      string
	weight    int     // share of the people
	protected float64 // share of them with a second factor
	travels   float64 // share of them who go abroad
	remote    float64 // share of days that they work at home
	terminals float64 // share of them who use a command line
}

var departments = []*department{
	{"Engineering", 26, 0.8, 0.05, 0.4, 0.25},
	{"Manufacturing", 24, 0.4, 0.02, 0.05, 0},
	{"Laboratory", 14, 0.6, 0.04, 0.1, 0.05},
	{"Sales", 16, 0.6, 0.3, 0.5, 0},
	{"Service", 12, 0.55, 0.15, 0.4, 0},
	{"Finance", 8, 0.7, 0.03, 0.3, 0},
}

// administration is where owner and admins work.
var administration = &department{"IT", 0, 1, 0.05, 0.3, 0.3}

// person is one user and how they live.
type person struct {
	user       sallyport.User // as it was when it was made; without an id before
	password   string
	department *department
	site       *site
	machines   []*machine
	home       network
	homeIP     string
	joins      time.Time // when the account is made; nothing happens before

	played  bool    // a visitor can sign in as them: nothing bad befalls them
	hired   bool    // joined in the ordinary days, by invitation
	star    bool    // of a scene: nothing befalls them but that
	joined  bool    // has a password
	leaving bool    // disabled, or closed
	tidy    bool    // signs out at the end of the day
	careful float64 // probability that they trust a new device
	trip    trip
	held
}

// trip is a stay abroad.
type trip struct {
	from, to time.Time
	network  network
}

// laptop is the machine that a person works on.
func (p *person) laptop() *machine { return p.machines[0] }

// populate invents the people: an owner, a few admins, and members. The first of each
// role is one that a visitor plays.
func (w *world) populate() {
	admins := max(3, min(8, w.o.Users/60))
	for i := range w.o.Users {
		role, s := sallyport.RoleMember, w.anySite()
		if i <= admins {
			role, s = sallyport.RoleAdmin, sites[i%4]
		}
		first, last, local := s.names.draw(w)
		switch {
		case i == 0:
			role, first, last, local = sallyport.RoleOwner, "Annelies", "van den Boogaard", "annelies.van-den-boogaard"
		case i == admins+1:
			s, first, last, local = sites[2], "Götz", "Weißenberger", "goetz.weissenberger"
		case i > admins+1 && i-admins-2 < len(odd):
			o := odd[i-admins-2]
			s, first, last, local = sites[o.site], o.first, o.last, o.local
		}
		p := w.person(s, sallyport.User{FirstName: first, LastName: last, Role: role}, local)
		p.hired = role == sallyport.RoleMember && i > w.o.Users*92/100
		p.played = i < 2 || i == admins+1
		p.joins = w.arrival(i, p)
		w.people = append(w.people, p)
	}
	w.owner, w.manager, w.member = w.people[0], w.people[1], w.people[admins+1]
	for _, p := range []*person{w.owner, w.manager, w.member} {
		p.trip, p.careful, p.tidy = trip{}, 1, false
	}
}

// weighted draws one of several by their weights.
func weighted[T any](w *world, from []T, weight func(T) int) T {
	total := 0
	for _, x := range from {
		total += weight(x)
	}
	n := w.rng.IntN(total)
	for _, x := range from {
		if n -= weight(x); n < 0 {
			return x
		}
	}
	return from[0]
}

func (w *world) anySite() *site { return weighted(w, sites, func(s *site) int { return s.weight }) }

func (w *world) person(s *site, u sallyport.User, local string) *person {
	p := &person{site: s, department: administration, careful: 1}
	domain := domain
	if u.Role == sallyport.RoleMember {
		p.department = weighted(w, departments, func(d *department) int { return d.weight })
		p.careful = choose(w, []float64{0, 0.3, 0.85, 0.85, 0.95})
		if w.chance(0.06) {
			domain = otherDomain
		}
	}
	u.Email = local + "@" + domain
	for n := 2; w.taken[u.Email]; n++ {
		u.Email = local + strconv.Itoa(n) + "@" + domain
	}
	w.taken[u.Email] = true
	p.user, p.password = u, newPassword()
	p.home = s.at(choose(w, s.homes))
	p.homeIP = w.address(p.home.prefix)
	p.tidy = w.chance(0.04)
	p.machines = w.bag(p)
	p.trip = w.journey(p)
	return p
}

func (w *world) journey(p *person) trip {
	if !w.chance(p.department.travels) {
		return trip{}
	}
	n := choose(w, abroad)
	if other := choose(w, sites); other != p.site && w.chance(0.4) {
		n = other.at(other.office)
	}
	from := p.site.midnight(w.part(w.rng.Float64()))
	return trip{from, from.Add(time.Duration(3+w.rng.IntN(4)) * day), n}
}

// arrival says when an account is made: admins on the first day, then one site after
// the other, and those who are hired later one by one.
func (w *world) arrival(i int, p *person) time.Time {
	switch {
	case p.hired:
		monday := p.site.midnight(w.part(w.rng.Float64() * 0.92))
		return monday.Add(w.between(8*time.Hour, 11*time.Hour))
	case p.user.Role != sallyport.RoleMember:
		return w.founded.Add(time.Duration(i) * 7 * time.Minute)
	}
	n := slices.Index(sites, p.site)
	moving := p.site.midnight(w.founded.Add(time.Duration(1+n*5/len(sites)) * day)).Add(7 * time.Hour)
	return moving.Add(w.between(0, 20*time.Minute))
}
