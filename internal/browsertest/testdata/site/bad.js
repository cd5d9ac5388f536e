console.error('%s went wrong', 'it', 42);
setTimeout(() => { throw new Error('thrown and not caught'); });
Promise.reject(new TypeError('rejected and not handled'));
fetch('http://elsewhere.example/').catch(() => { document.body.append('done'); });
