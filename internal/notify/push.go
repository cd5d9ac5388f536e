package notify

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
)

// Push is a message to one browser, in words that are final.
type Push struct {
	TenantID       string
	UserID         string
	SubscriptionID string
	Kind           Kind
	Lang           string // of Title and Body, a BCP 47 tag
	Title          string
	Body           string
	Path           string        // of the page that a click opens
	Tag            string        // a later message with the same one replaces this; "" for none
	TTL            time.Duration // how long it is of use; 0 means a day
}

const (
	usualTTL   = 24 * time.Hour
	urgentTTL  = 10 * time.Minute // somebody waits for an answer to what is over so soon
	maxPayload = 3000             // bytes; push services take about 4000, encrypted
	maxTitle   = 120              // characters
	maxPath    = 500
	maxTag     = 64
)

// ErrNoPush is the error of EnqueuePush when push is off.
var ErrNoPush = errors.New("notify: there is no push")

// EnablePush lets the outbox take push messages, and browsers subscribe with this key. Call it before
// other methods.
func (o *Outbox) EnablePush(key *ecdsa.PrivateKey) error {
	public, err := key.PublicKey.Bytes()
	if err != nil {
		return fmt.Errorf("notify: the key for push: %w", err)
	}
	o.pushKey = base64.RawURLEncoding.EncodeToString(public)
	return nil
}

// PushKey returns the key that browsers subscribe with, as they take it; "" when push is off.
func (o *Outbox) PushKey() string { return o.pushKey }

// PushKeyID names the key that browsers subscribe with. A subscription belongs to the key that it was
// made with.
func (o *Outbox) PushKeyID() string {
	sum := sha256.Sum256([]byte(o.pushKey))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// PushTarget is how a browser is reached.
type PushTarget struct {
	Endpoint string `json:"endpoint"`
	P256dh   string `json:"p256dh"` // as the browser gave them
	Auth     string `json:"auth"`
}

func targetPlace(tenantID, id string) seal.Place {
	return seal.Place{Column: "push_subscriptions.target", TenantID: tenantID, ID: id}
}

// SealTarget seals how a browser is reached, for the row of its subscription.
func (o *Outbox) SealTarget(tenantID, id string, t PushTarget) ([]byte, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return nil, err
	}
	return o.keys.Seal(targetPlace(tenantID, id), text)
}

func (o *Outbox) openTarget(p store.PushSubscription) (t PushTarget, err error) {
	text, err := o.keys.Open(targetPlace(p.TenantID, p.ID), p.Target)
	if err != nil {
		return t, err
	}
	return t, json.Unmarshal(text, &t)
}

// pushContent is the sealed payload of a push message's row.
type pushContent struct {
	SubscriptionID string      `json:"subscriptionId"`
	Payload        pushPayload `json:"payload"`
	Until          time.Time   `json:"until"`
	Urgent         bool        `json:"urgent"`
	Times          int         `json:"times,omitempty"` // how often it happened
}

// pushPayload is what the service worker of the pages gets.
type pushPayload struct {
	Title string `json:"title"`
	Body  string `json:"body"`
	Path  string `json:"path"`
	Tag   string `json:"tag"`
	Lang  string `json:"lang,omitempty"`
}

// EnqueuePush adds a push message to the caller's transaction. It is fast. ErrNoPush when push is off;
// other errors mean that this one cannot be sent. Whether the browser is still subscribed, and its
// session goes on, is looked at when it is sent.
func (o *Outbox) EnqueuePush(ctx context.Context, tx *store.Tx, p Push) error {
	if o.pushKey == "" {
		return ErrNoPush
	}
	says, err := p.write(1)
	if err != nil {
		return err
	}
	if p.TTL <= 0 {
		p.TTL = usualTTL
	}
	c := pushContent{SubscriptionID: p.SubscriptionID, Payload: says, Until: o.now().Add(p.TTL), Urgent: p.TTL <= urgentTTL}
	r := store.OutboxRow{TenantID: p.TenantID, Channel: ChannelPush, Kind: string(p.Kind), UserID: p.UserID, Recipient: p.SubscriptionID}
	row := known[p.Kind]
	if row.Topic == NoTopic {
		return o.add(ctx, tx, r, c)
	}
	return o.calmly(ctx, tx, telling{row: row, to: r, says: o.counted(func(times int) any {
		if c.Times = times; times > 1 {
			c.Payload, _ = p.write(times) // what could be wrong with it would have been so the first time
		}
		return c
	})})
}

// write makes the payload. A long text is cut, since names in it may be long.
func (p Push) write(times int) (says pushPayload, err error) {
	wrong := func(why string) (pushPayload, error) {
		return says, fmt.Errorf("notify: a push message of kind %q %s", p.Kind, why)
	}
	switch {
	case p.TenantID == "" || p.UserID == "" || p.SubscriptionID == "" || p.Kind == "":
		return wrong("needs whose it is, a subscription and a kind")
	case p.Title == "":
		return wrong("needs a title")
	case !ownPath(p.Path) || len(p.Path) > maxPath:
		return wrong("needs the path of a page of this service")
	case len(p.Tag) > maxTag:
		return wrong("has a tag that is too long")
	}
	if times > 1 {
		p.Body = message.For(p.Lang).N("push.times", times, "Body", p.Body)
	}
	says = pushPayload{Title: oneLine(p.Title, maxTitle), Body: p.Body, Path: p.Path, Tag: p.Tag, Lang: p.Lang}
	for {
		text, err := json.Marshal(says)
		if err != nil {
			return says, err
		}
		over := len(text) - maxPayload
		if over <= 0 {
			return says, nil
		}
		if says.Body == "" {
			return wrong("is too long")
		}
		says.Body = cutBytes(says.Body, over)
	}
}

// cutBytes shortens a text by about so many bytes, and says so with an ellipsis.
func cutBytes(s string, by int) string {
	const ellipsis = "…"
	s = strings.TrimSuffix(s, ellipsis)
	end := max(0, len(s)-by-len(ellipsis))
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	if end == 0 {
		return ""
	}
	return s[:end] + ellipsis
}

// ownPath reports whether a path leads to a page of this service, and not to another host.
func ownPath(p string) bool {
	return strings.HasPrefix(p, "/") && !strings.HasPrefix(p, "//") && !strings.ContainsAny(p, "\\ \t\r\n")
}

// PushSubject returns how push services reach the operator: the address that mails come from, or the
// address of this service. They refuse all messages with a subject that nobody can be reached by, so
// ok is false when both are such ones, and push has to be off.
func PushSubject(from mail.Address, publicURL string) (subject string, ok bool) {
	if _, host, found := strings.Cut(from.Address, "@"); found && reachable(host) && !strings.ContainsAny(from.Address, " <>\"") {
		return from.Address, true
	}
	u, err := url.Parse(publicURL)
	if err != nil || u.Scheme != "https" || !reachable(u.Hostname()) {
		return "", false
	}
	return "https://" + u.Host, true
}

// nowhere are the ends of names that lead nowhere on the internet (RFC 2606, RFC 6761, RFC 6762, RFC 9476).
var nowhere = []string{"localhost", "local", "localdomain", "internal", "lan", "home", "invalid", "alt", "onion"}

// reachable reports whether a name may be one of the public internet.
func reachable(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	labels := strings.Split(host, ".")
	if _, err := netip.ParseAddr(host); err == nil || len(labels) < 2 {
		return false
	}
	return !slices.Contains(nowhere, labels[len(labels)-1]) && !strings.HasSuffix(host, "home.arpa")
}
