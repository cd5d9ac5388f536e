// Package saml is a service provider of SAML 2.0 as pure protocol: what is sent to an identity provider, and
// what of its answers holds. It keeps nothing and decides nothing; the caller has the database.
//
// github.com/crewjam/saml checks signatures, times, addresses and audiences. Ours is what it leaves open: the
// shape of a message (shape.go), which algorithms sign (signature.go), who somebody is at the provider
// (subject.go), that nothing counts twice, and that an encrypted assertion tells nobody why it was refused
// (response.go). It is the only package that imports that library.
package saml

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"time"

	crewjam "github.com/crewjam/saml"
	dsig "github.com/russellhaering/goxmldsig"

	"github.com/sallyport/sallyport/internal/federate"
)

// Provider is an identity provider as an admin configured it.
type Provider struct {
	Metadata []byte // pinned: its keys are the only ones that are trusted. ReadMetadata reads it
	EntityID string // which one of the metadata; "" where there is only one

	// Names of attributes. Where one is "", that of a usual name is taken (attributes.go). Groups have no
	// usual name.
	Email  string
	Name   string
	Groups string

	// Subject is the attribute that says for good who somebody is; "" takes the NameID.
	Subject string
	// AnyFormat takes a NameID of another format than persistent as subject. Off, since an e-mail address may
	// be given to somebody else one day. A transient one, which is new each time, never is a subject.
	AnyFormat bool
	// Unsolicited takes answers that nobody asked for. Off, since the browser that brings one may have been
	// made to: nothing ties the answer to it.
	Unsolicited bool
}

// Party is the service provider that we are at one identity provider.
type Party struct {
	EntityID string
	ACS      string // where answers are posted to
	SLO      string // where logout messages come in; "" for none

	Key  crypto.Signer // signs requests and logout messages; decrypts assertions, if it is an *rsa.PrivateKey
	Cert *x509.Certificate

	Now     func() time.Time // nil means time.Now
	Replays Replays
}

// Replays remembers what counts once: assertions, and requests to sign out.
type Replays interface {
	// Consume notes an id until it expires, or returns ErrReplayed if it is there already. Of those who do so
	// at the same time, on whichever node, one succeeds. An id is 43 characters long, and says which provider
	// it is from. Other errors mean that it could not be noted, which refuses the message too.
	Consume(ctx context.Context, id string, expires time.Time) error
}

// ErrReplayed is what Consume returns for an id that was used before.
var ErrReplayed = errors.New("saml: used before")

const (
	skew = 2 * time.Minute // that the clock of a provider may be off
	// issued is how old a message may be. It is made right before the browser brings it, but by a clock that
	// may be slow, and browsers may be too.
	issued = skew + 3*time.Minute

	redirect  = crewjam.HTTPRedirectBinding
	post      = crewjam.HTTPPostBinding
	signsWith = dsig.RSASHA256SignatureMethod
)

// The library has these as variables of the process, 3 minutes and 90 seconds. Nobody else uses it.
func init() {
	crewjam.MaxClockSkew, crewjam.MaxIssueDelay = skew, issued
}

func (p Party) now() time.Time {
	if p.Now == nil {
		return time.Now()
	}
	return p.Now()
}

// exchange is one message that is sent to, or came from, a provider.
type exchange struct {
	party    Party
	at       Provider
	metadata Metadata
	sp       *crewjam.ServiceProvider
	verifier *verifier
	once     *once
}

// begin reads the metadata of a provider, and sets the library up.
func (p Party) begin(at Provider, tr *federate.Trace) (*exchange, error) {
	began := time.Now()
	now := p.now()
	m, _, err := ReadMetadata(at.Metadata, Reading{At: now, EntityID: at.EntityID})
	tr.Add(federate.Step{Name: "metadata", Got: m.summary(), Took: time.Since(began), Problem: asProblem(err)})
	if err != nil {
		return nil, err
	}
	acs, err := exactURL(p.ACS)
	if err != nil {
		return nil, err
	}
	slo, err := exactURL(p.SLO)
	if err != nil {
		return nil, err
	}
	x := &exchange{party: p, at: at, metadata: m, verifier: &verifier{}, once: &once{}}
	x.sp = &crewjam.ServiceProvider{
		EntityID: p.EntityID, Key: p.Key, Certificate: p.Cert, AcsURL: *acs, SloURL: *slo,
		IDPMetadata: m.descriptor(), AuthnNameIDFormat: at.format(), SignatureMethod: signsWith,
		Clock:                   dsig.NewFakeClockAt(now),
		IgnoreCertificateExpiry: true, // a certificate in metadata is a key and no more (SAML metadata interoperability profile)
		RejectSHA1Signatures:    true, // which the table signed does too, for whatever comes this far
		RejectUnknownConditions: true,
		SignatureVerifier:       x.verifier, ReplayCache: x.once,
		AssertionConsumerServiceBindings: []string{post}, MetadataOmitValidUntil: true, LogoutBindings: p.logoutBindings(),
	}
	return x, nil
}

func (p Party) logoutBindings() []string {
	if p.SLO == "" {
		return []string{}
	}
	return []string{redirect, post}
}

// format is that of the NameID which is asked for.
func (at Provider) format() crewjam.NameIDFormat {
	if at.Subject == "" && !at.AnyFormat {
		return crewjam.PersistentNameIDFormat
	}
	return crewjam.UnspecifiedNameIDFormat
}

// exactURL parses an address of ours. Providers repeat it letter by letter, and the library compares what it
// writes again, so both have to be the same.
func exactURL(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("saml: our own address: %w", err)
	}
	if u.String() != s {
		return nil, fmt.Errorf("saml: our own address %q would be sent as %q", s, u)
	}
	return u, nil
}

// once keeps what the library would note as used, with the time until which it would accept it again. It is
// noted for good when everything else holds, too.
type once struct {
	id    string
	until time.Time
}

func (o *once) Consume(id string, until time.Time) error {
	o.id, o.until = id, until
	return nil
}

// consume notes what was accepted as used.
func (x *exchange) consume(ctx context.Context) error {
	sum := sha256.Sum256([]byte(x.metadata.EntityID + "\x00" + x.once.id))
	// The library accepts it up to and including that time.
	err := x.party.Replays.Consume(ctx, base64.RawURLEncoding.EncodeToString(sum[:]), x.once.until.Add(time.Second))
	if errors.Is(err, ErrReplayed) {
		return problem("replayed", x.once.id)
	}
	if err != nil {
		return fmt.Errorf("saml: noting that a message was used: %w", err)
	}
	return nil
}
