/* Settings of the search script: nothing is kept in the browser, and a page opened from disk
   cannot read the pages that it found, so it shows their titles only. */
window.SPHINX_HIGHLIGHT_ENABLED = false;
DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = window.location.protocol !== "file:";
document.addEventListener("DOMContentLoaded", () => {
  const field = document.getElementById("search-words");
  field.value = new URLSearchParams(window.location.search).get("q") ?? "";
  field.focus();
});
