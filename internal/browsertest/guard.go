package browsertest

import "os/exec"

// guardScript waits until its standard input closes, which happens when this process ends in
// any way. Then it removes the browser's directory. The browser's own processes may still
// write into it for a moment.
const guardScript = `
trap '' INT TERM HUP QUIT
read -r _
n=0
while [ $n -lt 50 ]; do
	rm -rf "$1" 2>/dev/null
	sleep 0.1
	[ -e "$1" ] || exit 0
	n=$((n+1))
done
`

// startGuard starts the process that removes dir after this process. The tests of a binary
// share the browser, so no test can remove it at its end, and os.Exit skips deferred calls.
func startGuard(dir string) error {
	cmd := exec.Command("sh", "-c", guardScript, "browsertest-guard", dir)
	input, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	keepOpen = append(keepOpen, input)
	outlive(cmd)
	return cmd.Start()
}

// keepOpen keeps the guards' pipes from being garbage collected, which would close them.
var keepOpen []any
