<#import "template.ftl" as layout>
<@layout.registrationLayout displayMessage=false; section>
  <#if section = "header">
    ${msg("countersignPhoneTitle")}
  <#elseif section = "form">
    <link rel="stylesheet" href="${url.resourcesPath}/css/countersign.css">
    <div id="countersign-phone" class="countersign"
         data-spent="${msg("countersignPhoneSpent")}"
         data-unreachable="${msg("countersignPhoneUnreachable")}"
         data-cancelled="${msg("countersignPhoneCancelled")}"
         data-opened="${msg("countersignPhoneOpened")}">
      <noscript><p>${msg("countersignPhoneScript")}</p></noscript>
      <form id="countersign-ask" class="${properties.kcFormClass!}" hidden>
        <label for="countersign-number">${msg("countersignPhoneNumber")}</label>
        <span class="${properties.kcInputClass!}">
          <input id="countersign-number" name="number" inputmode="numeric" pattern="[0-9]{2}" maxlength="2" required autocomplete="off">
        </span>
        <p>${msg("countersignPhoneGuess")}</p>
        <button id="countersign-send" type="submit"
                class="${properties.kcButtonClass!} ${properties.kcButtonPrimaryClass!} ${properties.kcButtonBlockClass!}">${msg("countersignPhoneSend")}</button>
      </form>
      <section id="countersign-asked" hidden>
        <dl>
          <dt>${msg("countersignPhoneClient")}</dt><dd id="countersign-asked-client"></dd>
          <dt>${msg("countersignPhoneStarted")}</dt><dd id="countersign-asked-started"></dd>
          <dt>${msg("countersignPhoneFrom")}</dt><dd id="countersign-asked-from"></dd>
        </dl>
        <p>
          <a id="countersign-capture" hidden rel="noreferrer"
             class="${properties.kcButtonClass!} ${properties.kcButtonPrimaryClass!} ${properties.kcButtonBlockClass!}">${msg("countersignPhoneCapture")}</a>
        </p>
        <button id="countersign-not-me" type="button"
                class="${properties.kcButtonClass!} ${properties.kcButtonSecondaryClass!} ${properties.kcButtonBlockClass!}">${msg("countersignPhoneNotMe")}</button>
      </section>
      <p id="countersign-status" role="status" aria-live="polite"></p>
    </div>
    <script type="module" src="${url.resourcesPath}/js/countersign-phone.js"></script>
  </#if>
</@layout.registrationLayout>
