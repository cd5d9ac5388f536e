// Goes on to an identity provider by itself. After a link the way back leads past this page, which would go on again.
const away = document.querySelector("[data-away]");

if (away.href) location.replace(away.href);
else HTMLFormElement.prototype.submit.call(away); // a field could be called "submit"
