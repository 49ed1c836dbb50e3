// The code of a share or of paper stands after #, which browsers send to nobody; it is put into the field, and off the address.
const field = document.querySelector("form[data-share] [name=code]");
const code = decodeURIComponent(location.hash.slice(1));
if (field && code && code !== "content") {
  field.value = code;
  history.replaceState(null, "", location.pathname);
}
