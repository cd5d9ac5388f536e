package browsertest

import (
	"context"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// phoneWidth is the widest screen, in CSS pixels, that is treated as a phone: it uses the
// page's viewport setting and has touch.
const phoneWidth = 600

// Emulate sets the size of the screen in CSS pixels and whether the user prefers dark
// pages. Motion is always reduced, so that tests see no animation. The default is 1280
// by 800, light.
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

// EmulatePrint shows the page as it is printed, or again as on the screen.
func (p *Page) EmulatePrint(on bool) {
	p.t.Helper()
	media := ""
	if on {
		media = "print"
	}
	p.do("emulate print", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: media})
		return err
	}))
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

// AddAuthenticator gives the tab a platform authenticator that stores passkeys and whose
// user always consents. Passkeys need a page on localhost or on https, not on an IP
// address.
func (p *Page) AddAuthenticator() {
	p.t.Helper()
	p.addAuthenticator(webauthn.VirtualAuthenticatorOptions{
		Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true, HasUserVerification: true, IsUserVerified: true,
	})
}

// AddSecurityKey gives the tab a security key without user verification and without
// discoverable credentials: it proves possession only.
func (p *Page) AddSecurityKey() {
	p.t.Helper()
	p.addAuthenticator(webauthn.VirtualAuthenticatorOptions{Transport: webauthn.AuthenticatorTransportUsb})
}

func (p *Page) addAuthenticator(o webauthn.VirtualAuthenticatorOptions) {
	p.t.Helper()
	o.Protocol, o.Ctap2version, o.AutomaticPresenceSimulation = webauthn.AuthenticatorProtocolCtap2, webauthn.Ctap2versionCtap21, true
	p.do("add an authenticator", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, webauthn.Enable, webauthn.EnableParams{}); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &o})
		return err
	}))
}
