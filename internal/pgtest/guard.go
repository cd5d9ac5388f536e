package pgtest

import (
	"io"
	"os/exec"
)

// guardScript waits until its standard input closes, which is when its owner
// calls release or ends in any way at all: os.Exit skips deferred calls, and
// nothing in this process can answer kill -9. It then ends a server that is
// still there and removes the directory. Signals from a terminal are for the
// owner, hence the trap.
const guardScript = `
trap '' INT TERM HUP QUIT
read -r _
read -r pid 2>/dev/null <"$1/data/postmaster.pid"
[ -z "$pid" ] || kill -QUIT "$pid" 2>/dev/null
n=0
while [ -e "$1/data/postmaster.pid" ] && [ $n -lt 100 ]; do sleep 0.05; n=$((n+1)); done
rm -rf "$1"
`

// guard is the process that cleans up after this one.
type guard struct {
	cmd   *exec.Cmd
	input io.Closer
}

func startGuard(dir string) (*guard, error) {
	cmd := exec.Command("sh", "-c", guardScript, "pgtest-guard", dir)
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	outlive(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &guard{cmd, input}, nil
}

// release lets the guard clean up and waits for it. A nil guard is released.
func (g *guard) release() {
	if g == nil {
		return
	}
	g.input.Close()
	g.cmd.Wait()
}
