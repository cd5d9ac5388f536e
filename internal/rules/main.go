// Command rules writes docs/data.md, where everything that is stored has its class, and docs/rules.md: the tables of limits, events, mails, permissions,
// policy fields, risk signals, trust, step-ups, ways in, settings, fields and log lines. It reads
// them from the program and, what is in no table, from its sources. Run it
// from the top of the tree:
//
//	go run ./internal/rules
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/oauth"
	"github.com/sallyport/sallyport/internal/owndata"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/retention"
	"github.com/sallyport/sallyport/internal/risk"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
)

// pages are those that it writes, and what is in them, read from the top of the tree.
var pages = map[string]func(fs.FS) (string, error){
	"rules.md": document, "data.md": func(fs.FS) (string, error) { return data(), nil },
}

func main() {
	for page, write := range pages {
		text, err := write(os.DirFS("."))
		if err == nil {
			err = os.WriteFile("docs/"+page, []byte(text), 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// document returns the page, of the tables in the program and of the sources in a tree.
func document(tree fs.FS) (string, error) {
	var b strings.Builder
	b.WriteString("# Rules\n\nGenerated from the tables in the code by `go run ./internal/rules`; a test keeps it fresh.\n")
	limits(&b)
	policies(&b)
	removed(&b)
	held(&b)
	methods(&b)
	permissions(&b)
	events(&b)
	topics(&b)
	mails(&b)
	alerts(&b)
	signals(&b)
	trust(&b)
	acts(&b)
	voids(&b)
	tokens(&b)
	undos(&b)
	exemptions(&b)
	ways(&b)
	var err error
	for _, read := range []func(*strings.Builder, fs.FS) error{together, bounded, fields, logged} {
		err = errors.Join(err, read(&b, tree))
	}
	return b.String(), err
}

func table(b *strings.Builder, title, intro string, head ...string) func(cells ...string) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n| %s |\n|%s\n", title, intro, strings.Join(head, " | "), strings.Repeat("---|", len(head)))
	return func(cells ...string) {
		for i, c := range cells {
			cells[i] = strings.ReplaceAll(c, "|", "\\|")
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
	}
}

func limits(b *strings.Builder) {
	row := table(b, "Limits on guessing", "A try is spent before a secret is compared. Numbers are those of the default policy. "+
		"Rows: `internal/throttle/limits.go`.", "scope", "counted for", "tries", "within", "then locked for", "what it stops", "source")
	for _, l := range throttle.Limits {
		r := l.Rule(policy.Default())
		within, lock := r.Window.String(), r.Lock.String()
		if r.Run {
			within, lock = "in a row; forgotten after "+within+" for each without another", "until recovery"
		}
		row("`"+string(l.Scope)+"`", l.Subject, fmt.Sprint(r.Failures), within, lock, l.Stops, l.Source)
	}
}

func policies(b *strings.Builder) {
	row := table(b, "Policy fields", "Each tenant has its own. Rows: `internal/policy/fields.go`.",
		"field", "kind", "bounds", "default", "strict", "balanced", "managed", "aal2", "what it does")
	for _, f := range policy.Fields {
		bounds := strings.Join(f.Options, ", ")
		if f.Max > 0 {
			bounds = fmt.Sprintf("%d to %d", f.Min, f.Max)
		}
		if f.Kind == policy.Keep {
			bounds = "0, " + bounds
		}
		row("`"+f.Name+"`", string(f.Kind), bounds, policy.Text(f.Default), policy.Text(f.Strict), policy.Text(f.Balanced), policy.Text(f.Managed), policy.Text(f.AAL2), f.Means)
	}
}

func removed(b *strings.Builder) {
	row := table(b, "What is removed", "Ages count from the beginning of the day, in UTC. A run is one event, `"+string(audit.RetentionApplied)+
		"`; what expired goes without one. Nothing of the first rows goes where `retentionDays` is 0. Rows: `internal/retention/table.go`.", "what", "when", "what stays all the same")
	for _, r := range retention.Table {
		row(r.What, r.When, r.Stay)
	}
	for _, e := range retention.Expirings {
		when := "within minutes after they expired"
		if e.Kept > 0 {
			when = fmt.Sprintf("after %d days", e.Kept/(24*time.Hour))
			if e.Kept == 24*time.Hour {
				when = "after a day"
			}
		}
		row(e.What, when, "")
	}
}

func held(b *strings.Builder) {
	row := table(b, "What is held of a person", "What a copy of somebody's own data tells of it, and what becomes of it when their account is deleted. "+
		"Rows: `internal/owndata/holdings.go`.", "table", "what", "part of the copy", "when the account is deleted", "why")
	for _, h := range owndata.Holdings {
		told := "none: " + h.Untold
		if h.Copy != "" {
			told = "`" + h.Copy + "`"
		}
		row("`"+h.Table+"`", h.What, told, string(h.Fate), h.Why)
	}
}

func voids(b *strings.Builder) {
	row := table(b, "What ends links and sign-ins under way", "After one of these events what was mailed to the user before, or begun by them, is void. "+
		"Rows: `internal/act/voids.go`.", "what", "ends after")
	for _, k := range link.Kinds() {
		row("link `"+string(k)+"`", kinds(act.VoidLinks[k]))
	}
	row("sign-ins and step-ups", kinds(act.VoidFlows))
	row("API keys", kinds(slices.Sorted(maps.Keys(act.VoidKeys))))
}

func tokens(b *strings.Builder) {
	row := table(b, "Tokens", "What its holder can do. A refresh token is answered again for "+token.RefreshGrace.String()+", an access token lives for "+act.AccessLifetime.String()+
		", a JWT for "+oauth.JWTLifetime.String()+". API keys may do, of the acts that ask for a step-up, what the policy field `apiKeyActs` names. Rows: `internal/token/token.go`.", "begins with", "name", "what it is")
	for _, r := range token.Kinds {
		row("`"+string(r.Kind)+"`", r.Name, r.Means)
	}
}

func kinds(events []audit.Kind) string {
	names := make([]string, len(events))
	for i, e := range events {
		names[i] = "`" + string(e) + "`"
	}
	return strings.Join(names, ", ")
}

func undos(b *strings.Builder) {
	row := table(b, "What \"This wasn't me\" takes back", "What becomes of each event of the disputed session, of those on its device, and of those on devices that came after it. "+
		"Rows: `internal/account/undo.go`.", "event", "what becomes of it")
	for _, u := range account.Undos {
		row("`"+string(u.Kind)+"`", u.How)
	}
}

func methods(b *strings.Builder) {
	row := table(b, "Second factors", "Offered in the order of their rank. Rows: `method.go`.",
		"method", "rank", "stands for the password", "asked for first", "a code is sent", "any one answers for all", "stands in for another")
	yes := map[bool]string{true: "yes", false: "no"}
	for _, m := range sallyport.Methods {
		row("`"+m.Name+"`", fmt.Sprint(m.Rank), yes[m.Alone], yes[m.Asked], yes[m.Sent], yes[m.Shared], yes[m.StandIn])
	}
}

func permissions(b *strings.Builder) {
	row := table(b, "Permissions", "Looking after one's own account needs none. Owners and admins have all of them, members none; an organisation "+
		"can make roles of its own. Nobody gives what they lack, and nobody acts on somebody who has more; nobody but an owner acts on an owner, or makes one. "+
		"Rows: `internal/access/permission.go`.", "permission", "what it allows", "source")
	for _, r := range access.Permissions {
		row("`"+string(r.Permission)+"`", r.Means, r.Source)
	}
}

func events(b *strings.Builder) {
	row := table(b, "Audit events", "Rows: `internal/audit/kinds.go`.", "kind", "what happened", "details", "personal details")
	for _, k := range audit.Kinds {
		row("`"+string(k.Kind)+"`", k.Means, strings.Join(k.Data, ", "), strings.Join(k.Personal, ", "))
	}
}

func signals(b *strings.Builder) {
	row := table(b, "Risk signals", fmt.Sprintf("A sign-in's score is the sum of the weights of what was found, at most 100. From %d its owner is told; "+
		"from %d the policy's automatic compromise detection acts. Rows: `internal/risk/signals.go`.", risk.Unusual, risk.Compromised),
		"signal", "weight", "what it means", "judged by", "source")
	for _, s := range risk.Signals {
		row("`"+string(s.Signal)+"`", fmt.Sprint(s.Weight), s.Means, strings.Join(s.Uses, ", "), s.Source)
	}
}

func topics(b *strings.Builder) {
	row := table(b, "Topics", "What people choose about at Profile > Notifications, and what holds where they chose nothing. Nobody can switch off what is always told. "+
		"What somebody did themselves is in their bell, read, and mailed; nothing else is sent of it. Text messages go to the proven number of the account. Rows: `internal/notify/topics.go`.",
		"topic", "what it is", "e-mail", "push", "in the bell", "text message")
	for _, t := range notify.Topics {
		cells := []string{"`" + string(t.Topic) + "`", t.Means}
		for _, way := range notify.Ways {
			by := string(t.By(way))
			if by == "" {
				by = "never"
			}
			cells = append(cells, by)
		}
		row(cells...)
	}
}

func mails(b *strings.Builder) {
	row := table(b, "What is told", "Each goes with its event, in one transaction, as a mail and by what else its topic says; those without a topic are mails that somebody waits for, and cannot be switched off. "+
		"Of a kind to one recipient three are told at once within ten minutes, of those that come in numbers one; what follows is one message at the end of that time, which says how often. Rows: `internal/notify/kinds.go`.",
		"kind", "when it goes to whom", "event", "topic", "comes in numbers", "about security", "its code can be texted")
	yes := map[bool]string{true: "yes", false: "no"}
	for _, k := range notify.Kinds {
		topic := "none"
		if k.Topic != notify.NoTopic {
			topic = "`" + string(k.Topic) + "`"
		}
		row("`"+string(k.Kind)+"`", k.Means, "`"+k.Event+"`", topic, yes[k.Storm], yes[k.Security], yes[k.Text != ""])
	}
}

func alerts(b *strings.Builder) {
	yes := map[bool]string{true: "yes", false: "no"}
	row := table(b, "What chats can be told", "Admins choose for each chat. An urgent message may wake somebody. Within "+notify.StormWindow.String()+
		" three of a kind are told at once, of a storm one; what follows is one message. Rows: `internal/notify/alerttable.go`, which also says of every other event why no chat is told.", "topic", "what", "urgent", "storm", "events")
	for _, r := range notify.Alerts {
		var events []string
		for _, of := range r.Of {
			event := "`" + of.Kind + "`"
			if of.Detail != "" {
				event += " with `" + of.Detail + "` " + strings.Join(of.Values, " or ")
			}
			if of.Others {
				event += " by somebody else"
			}
			events = append(events, event)
		}
		row("`"+string(r.Topic)+"`", r.Means, yes[r.Urgent], yes[r.Storm], strings.Join(events, ", "))
	}
}

func trust(b *strings.Builder) {
	row := table(b, "Trust in devices", "How a device comes to its level: 1 low, 2 medium, 3 high. None is about age. Rows: `internal/policy/trust.go`.",
		"reason", "level", "what happened")
	for _, r := range policy.TrustRules {
		row("`"+string(r.Reason)+"`", fmt.Sprint(int(r.Level)), r.Means)
	}
}

func acts(b *strings.Builder) {
	row := table(b, "Acts that need a step-up", "What a session must have proven, and how lately; a second factor only of accounts that have one, whatever policy says of it by now. "+
		"Where the proof is made for the act, a sign-in does not count, only a step-up for this act or for one of this kind that asked for no less, and a factor that was added in the session counts only where there is no other. "+
		"Rows: `internal/policy/acts.go`.",
		"act", "what it is", "password or passkey within", "second factor within", "made for the act", "least trust of the device applies", "source")
	yes := map[bool]string{true: "yes", false: "no"}
	within := func(d time.Duration) string {
		if d == 0 {
			return "not asked"
		}
		return d.String()
	}
	for _, r := range policy.Acts {
		row("`"+string(r.Act)+"`", r.Means, within(r.Password), within(r.Factor), yes[r.Again], yes[r.Trust], r.Source)
	}
}

func exemptions(b *strings.Builder) {
	row := table(b, "Why other acts need no step-up", "Whatever changes something in a session has a row above or one of these reasons; a test walks all pages and operations. "+
		"[api.md](api.md) says which operation has which. To their own account admins do nothing as admins but end sessions and disable it. Rows: `internal/policy/acts.go`.",
		"reason", "what it covers")
	for _, r := range policy.Exemptions {
		row("`"+string(r.Exemption)+"`", r.Means)
	}
}
