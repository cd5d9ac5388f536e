package profile_test

import (
	"fmt"
	"testing"

	"github.com/sallyport/sallyport/internal/browsertest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

const avatarPath = "/profile/general/avatar"

// aFile makes a picture of 400 by 200 pixels in the browser, red on the left and blue on the right, as
// files of a form, a drop or a clipboard; size adds bytes to it.
const aFile = `const canvas = new OffscreenCanvas(400, 200), pen = canvas.getContext("2d");
	pen.fillStyle = "#c81e1e"; pen.fillRect(0, 0, 200, 200); pen.fillStyle = "#1e1ec8"; pen.fillRect(200, 0, 200, 200);
	const held = new DataTransfer();
	held.items.add(new File([await canvas.convertToBlob()], "me.png", { type: "image/png" }));`

// seen is the colour in the middle of the picture at the top of the page.
const seen = `(async () => {
	const image = new Image();
	image.src = document.querySelector(".sp-top .sp-avatar img").src;
	await image.decode();
	const pen = new OffscreenCanvas(1, 1).getContext("2d");
	pen.drawImage(image, image.width / 2, image.height / 2, 1, 1, 0, 0, 1, 1);
	const [r, , b] = pen.getImageData(0, 0, 1, 1).data;
	return r > b + 80 ? "red" : b > r + 80 ? "blue" : "another";
})()`

// choose gives the page a file in one of the ways there are.
func choose(p *browsertest.Page, way string) {
	browsertest.Eval[any](p, fmt.Sprintf(`(async () => { %s %s })()`, aFile, map[string]string{
		"field": `const input = document.querySelector("#picture"); input.files = held.files; input.dispatchEvent(new Event("change"));`,
		"drop":  `document.querySelector("[data-drop]").dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: held }));`,
		"paste": `document.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, clipboardData: held }));`,
	}[way]))
	p.WaitVisible("[data-stage]:focus")
}

// A picture is chosen, cut by keyboard and by pointer, sent, shown everywhere, and removed.
func TestBrowserAvatar(t *testing.T) {
	base, _ := webtest.Browse(t)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + avatarPath)
	p.WaitText("You can also drop a picture here")
	for i, c := range []struct{ way, toThe, want string }{{"field", "ArrowRight", "blue"}, {"drop", "ArrowLeft", "red"}, {"paste", "ArrowRight", "blue"}} {
		choose(p, c.way)
		browsertest.Eval[any](p, fmt.Sprintf(`(() => {
			const stage = document.querySelector("[data-stage]");
			const press = (key) => stage.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
			for (let i = 0; i < 6; i++) press("+");
			for (let i = 0; i < 30; i++) press(%q);
		})()`, c.toThe))
		for _, width := range []int{1280, 320} {
			p.Emulate(width, 800, width == 320)
			p.Snap(fmt.Sprintf("avatar-crop-%d-%d", i, width))
			if wide := browsertest.Eval[bool](p, "document.documentElement.scrollWidth <= document.documentElement.clientWidth"); !wide {
				t.Errorf("at %d pixels the page is wider than the window", width)
			}
			p.Axe()
		}
		p.Emulate(1280, 800, false)
		p.Click("Use this picture")
		p.WaitText("Picture changed.")
		if got := browsertest.Eval[string](p, seen); got != c.want {
			t.Errorf("%s: the picture is %s, want %s", c.way, got, c.want)
		}
		p.Axe()
		p.Click("Change picture")
		p.WaitText("You can also drop a picture here")
	}

	choose(p, "field")
	moved := browsertest.Eval[bool](p, `(() => {
		const stage = document.querySelector("[data-stage]"), canvas = stage.querySelector("canvas"), at = stage.getBoundingClientRect();
		const before = canvas.toDataURL();
		const send = (type, x) => stage.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: at.left + x, clientY: at.top + 50, bubbles: true }));
		stage.setPointerCapture = () => {};
		send("pointerdown", 100); send("pointermove", 40); send("pointerup", 40);
		return canvas.toDataURL() !== before;
	})()`)
	if !moved {
		t.Error("dragging moves nothing")
	}
	p.Snap("avatar-dragged")
	p.Reload()
	p.Click("Remove")
	p.WaitVisible("dialog[open]")
	p.Axe()
	p.Click("dialog[open] button")
	p.WaitText("Picture removed.")
	if p.Count(".sp-avatar img") != 0 {
		t.Error("the picture is still there")
	}
	p.AssertQuiet()
}

// What is wrong is said in place, and the file stays chosen; what is too large is not sent.
func TestBrowserAvatarRefused(t *testing.T) {
	base, _ := webtest.Browse(t)
	p := browsertest.Open(t)
	webtest.SignIn(p, base)
	p.Navigate(base + avatarPath)
	give := func(file string) {
		browsertest.Eval[any](p, `(() => {
			const held = new DataTransfer();
			held.items.add(`+file+`);
			const input = document.querySelector("#picture");
			input.files = held.files;
			input.dispatchEvent(new Event("change"));
		})()`)
	}
	give(`new File(["<svg xmlns='http://www.w3.org/2000/svg'/>"], "me.png", { type: "image/png" })`)
	p.Click("Use this picture")
	p.WaitText("This is not a PNG, JPEG, GIF or WebP picture.")
	if n := browsertest.Eval[int](p, `document.querySelector("#picture").files.length`); n != 1 {
		t.Errorf("%d files are chosen still", n)
	}
	p.Axe()
	p.Snap("avatar-refused")
	give(`new File([new Uint8Array(8 * 1024 * 1024 + 1)], "me.png")`)
	p.WaitText("A picture has 8 MB at most.")
	p.WaitNoText("This is not a PNG")
	p.AssertQuiet("422")
}
