// What this browser says of the machine it runs on, for the sign-in to compare with
// the last time. Eight things that every page can read; nothing is drawn, measured or
// listed for it. It recognises nobody: that is what the device's credential is for.
const said = {
  userAgent: navigator.userAgent,
  screenResolution: `${screen.width}x${screen.height}`,
  timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  language: navigator.language,
  platform: navigator.userAgentData?.platform || navigator.platform,
  hardwareConcurrency: navigator.hardwareConcurrency,
  deviceMemory: navigator.deviceMemory, // Chromium alone tells
  touchSupport: navigator.maxTouchPoints > 0,
};

for (const field of document.querySelectorAll('input[name="fingerprint"]')) field.value = JSON.stringify(said);
