package browsertest

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// phoneWidth is the widest screen that is taken for a phone's: one that obeys
// the viewport of the page and has touch.
const phoneWidth = 600

// Emulate sets the size of the screen in CSS pixels and whether the person
// prefers dark pages. Motion is always reduced, so that nothing moves while it
// is looked at. Pages open at 1280 by 800, light.
func (p *Page) Emulate(width, height int, dark bool) {
	p.t.Helper()
	var opts []chromedp.EmulateViewportOption
	if width <= phoneWidth {
		opts = append(opts, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	p.do("emulate", chromedp.Steps(
		chromedp.EmulateViewport(int64(width), int64(height), opts...),
		chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{
					{Name: "prefers-color-scheme", Value: scheme},
					{Name: "prefers-reduced-motion", Value: "reduce"},
				},
			})
			return err
		}),
	))
}

// JavaScript turns the page's scripts on or off, from the next load on. The
// methods of Page work either way.
func (p *Page) JavaScript(on bool) {
	p.t.Helper()
	p.do("switch JavaScript", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled,
			emulation.SetScriptExecutionDisabledParams{Value: !on})
		return err
	}))
}

// AddAuthenticator gives the tab a platform authenticator that keeps passkeys
// and whose person always agrees. Passkeys need a page on localhost or on
// https, not one on an IP address.
func (p *Page) AddAuthenticator() {
	p.t.Helper()
	p.do("add an authenticator", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
			Options: &webauthn.VirtualAuthenticatorOptions{
				Protocol:                    webauthn.AuthenticatorProtocolCtap2,
				Ctap2version:                webauthn.Ctap2versionCtap21,
				Transport:                   webauthn.AuthenticatorTransportInternal,
				HasResidentKey:              true,
				HasUserVerification:         true,
				IsUserVerified:              true,
				AutomaticPresenceSimulation: true,
			},
		})
		return err
	}))
}
