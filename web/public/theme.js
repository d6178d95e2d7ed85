// Runs before the first paint, so that a person who chose the dark theme never sees a light flash.
// A file of its own, because the content security policy allows no inline script.
try {
  const theme = localStorage.getItem("evenhand.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be switched off; the system's theme is used then.
}
